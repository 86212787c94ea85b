// Becomes a program on another host: in another root directory, with the
// system calls of an older kernel, or both. `elsewhere` beside it, or the file
// whose path it was compiled with as CONFIG, says
//   program PATH   what to become, with the arguments of this one
//   argv0 NAME     as what, otherwise as what this one is called
//   arg TEXT       an argument before those of this one
//   root DIR       the root directory; a mount namespace of its own
//   bind PATH      seen in the root at the same path
//   bindTo PATH    seen there where the `at` of the same number says
//   hide DIR       an empty directory there; a mount namespace of its own
//   denyWriteExecute 1  no memory that was writable becomes executable
//                  (PR_SET_MDWE, Linux 6.3)
//   subreaper 1    adopts orphans, whether the program asks for it or not
//   oldKernel 1    no system call newer than Linux 3.10, x86_64 alone
// What it mounts is gone with the last process in there.
#define _GNU_SOURCE
#include "../support/pairs.h"
#include <libgen.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

static void must(int ok, const char *what) {
  if (ok) return;
  dprintf(2, "elsewhere: %s: %s\n", what, strerror(errno));
  _exit(125);
}

// ---- another root ----------------------------------------------------------

static void make_parents(char *path) {
  for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
    *at = 0;
    mkdir(path, 0755);
    *at = '/';
  }
}

static void bind(const char *root, const char *from, const char *to) {
  char target[2 * PATH_MAX];
  struct stat st;
  snprintf(target, sizeof target, "%s%s", root, to);
  must(!stat(from, &st), from);
  make_parents(target);
  if (S_ISDIR(st.st_mode)) mkdir(target, 0755);
  else close(open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0755));
  must(!mount(from, target, NULL, MS_BIND | MS_REC, NULL), target);
}

static void enter(const char *root) {
  char cwd[PATH_MAX];
  must(getcwd(cwd, sizeof cwd) != NULL, "getcwd");
  must(!unshare(CLONE_NEWNS), "unshare");
  must(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
  must(!mount(root, root, NULL, MS_BIND | MS_REC, NULL), root);
  char **same = vector("bind"), **from = vector("bindTo"), **to = vector("at");
  for (int i = 0; same[i]; i++) bind(root, same[i], same[i]);
  for (int i = 0; from[i] && to[i]; i++) bind(root, from[i], to[i]);
  must(!chdir(root), root);
  must(!syscall(SYS_pivot_root, ".", "."), "pivot_root");
  must(!umount2(".", MNT_DETACH), "umount2");
  must(!chdir(cwd), cwd);
}

static void hide(char **directories) {
  if (!directories[0]) return;
  must(!unshare(CLONE_NEWNS), "unshare");
  must(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
  for (int i = 0; directories[i]; i++)
    must(!mount("none", directories[i], "tmpfs", 0, NULL), directories[i]);
}

// ---- an older kernel -------------------------------------------------------

#if defined(__x86_64__)
#define LAST_OF_3_10 313 // finit_module; 314 came with Linux 3.14
#define TMPFILE_BIT 020000000 // O_TMPFILE without O_DIRECTORY; Linux 3.11
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441 // Linux 4.13
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define JUMP(how, value, yes, no) BPF_JUMP(BPF_JMP | how | BPF_K, value, yes, no)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define FAIL(error) RETURN(SECCOMP_RET_ERRNO | (error))

static void age(void) {
  struct sock_filter filter[] = {
      LOAD(arch),
      JUMP(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0),
      RETURN(SECCOMP_RET_ALLOW),
      LOAD(nr),
      JUMP(BPF_JGT, LAST_OF_3_10, 0, 1),
      FAIL(ENOSYS),
      JUMP(BPF_JEQ, SYS_ioctl, 0, 4),
      LOAD(args[1]),
      JUMP(BPF_JEQ, TIOCGPTPEER, 0, 1),
      FAIL(ENOTTY),
      RETURN(SECCOMP_RET_ALLOW),
      // A kernel that does not know the bit sees O_DIRECTORY and a mode to write.
      JUMP(BPF_JEQ, SYS_open, 0, 4),
      LOAD(args[1]),
      JUMP(BPF_JSET, TMPFILE_BIT, 0, 1),
      FAIL(EISDIR),
      RETURN(SECCOMP_RET_ALLOW),
      JUMP(BPF_JEQ, SYS_openat, 0, 4),
      LOAD(args[2]),
      JUMP(BPF_JSET, TMPFILE_BIT, 0, 1),
      FAIL(EISDIR),
      RETURN(SECCOMP_RET_ALLOW),
      // Advice up to MADV_DODUMP, and the two of memory failures.
      JUMP(BPF_JEQ, SYS_madvise, 0, 4),
      LOAD(args[2]),
      JUMP(BPF_JGT, 17, 0, 2),
      JUMP(BPF_JGE, 100, 1, 0),
      FAIL(EINVAL),
      RETURN(SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  must(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "seccomp");
}
#else
static void age(void) {
  errno = ENOSYS;
  must(0, "an older kernel");
}
#endif

// The arguments that are added, between the name and the others.
static char **with_more(int argc, char **argv) {
  char **more = vector("arg");
  int n = 0;
  while (more[n]) n++;
  char **all = calloc(argc + n + 1, sizeof *all);
  all[0] = value("argv0") ? value("argv0") : argv[0];
  memcpy(all + 1, more, n * sizeof *all);
  memcpy(all + 1 + n, argv + 1, argc * sizeof *all);
  return all;
}

int main(int argc, char **argv) {
#ifdef CONFIG
  const char *path = CONFIG;
#else
  char path[PATH_MAX] = "";
  must(readlink("/proc/self/exe", path, sizeof path - 1) > 0, "/proc/self/exe");
  strcat(dirname(path), "/elsewhere");
#endif
  read_pairs(path);
  if (value("root")) enter(value("root"));
  hide(vector("hide"));
  if (value("denyWriteExecute"))
    must(!prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0), "PR_SET_MDWE");
  if (value("subreaper"))
    must(!prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "subreaper");
  if (value("oldKernel")) age();
  must(value("program") != NULL, path);
  execv(value("program"), with_more(argc, argv));
  must(0, value("program"));
}

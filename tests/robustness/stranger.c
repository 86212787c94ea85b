// stranger UID connect PATH: connects to a unix socket as that user and tells
// what comes of it: "refused ERRNO", "dropped" when the other side closes the
// connection, "kept" when it has not within two seconds.
// stranger UID look PID: tries what one process can do to another through
// /proc and ptrace(2), without any privilege; prints "NAME ERRNO" or "NAME ok".
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void become(int uid) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0}};
  if (uid && setgroups(0, NULL)) exit(3);
  if (uid && (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))) exit(3);
  prctl(PR_SET_KEEPCAPS, 0);
  if (syscall(SYS_capset, &header, none)) exit(3);
}

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(s, (void *)&address, sizeof address)) {
    printf("refused %s\n", strerrorname_np(errno));
    return 0;
  }
  struct pollfd p = {s, POLLIN, 0};
  char byte;
  int ready = poll(&p, 1, 2000);
  puts(ready > 0 && read(s, &byte, 1) <= 0 ? "dropped" : "kept");
  return 0;
}

static void tell(const char *name, int ok) {
  printf("%s %s\n", name, ok ? "ok" : strerrorname_np(errno));
}

static int look(int pid) {
  static const char *files[] = {"mem", "environ", "maps", "auxv", "io", NULL};
  char path[64], buffer[64];
  for (int i = 0; files[i]; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
    int fd = open(path, O_RDONLY);
    // Where the file can be opened its content may still be refused.
    tell(files[i], fd >= 0 && (i == 0 || read(fd, buffer, sizeof buffer) >= 0));
  }
  static const char *links[] = {"fd/1", "cwd", "exe", "root", NULL};
  for (int i = 0; links[i]; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", pid, links[i]);
    tell(links[i], readlink(path, buffer, sizeof buffer) >= 0);
  }
  struct iovec here = {buffer, 8}, there = {(void *)0x10000, 8};
  int read_it = process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0;
  // Nothing is mapped there, which is told only to who may look.
  tell("process_vm_readv", read_it || errno == EFAULT);
  int pidfd = syscall(SYS_pidfd_open, pid, 0);
  tell("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 1, 0) >= 0);
  tell("ptrace", ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  become(atoi(argv[1]));
  return strcmp(argv[2], "look") ? connect_to(argv[3]) : look(atoi(argv[3]));
}

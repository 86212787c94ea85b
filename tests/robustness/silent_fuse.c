// silent_fuse: a process whose open files are on a file system that does not
// answer (FUSE). In a mount namespace of its own they have the names of
// terminals, /dev/pts/0 to 63, and of memory, /dev/shm/silent.
//
// Prints "ready" when it has them open and has fallen silent. From then on it
// takes what it is asked and answers nothing: whoever asks hangs, and not even
// SIGKILL ends that. It prints "asked N" for each question, N as in
// linux/fuse.h. When it is killed the kernel lets everybody go.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

static void make_file(const char *path) {
  int fd = open(path, O_CREAT | O_WRONLY, 0600);
  must(fd >= 0, path);
  close(fd);
}

// The root of the file system is one file.
static void mount_it(int device) {
  char options[128];
  must(!unshare(CLONE_NEWNS), "unshare");
  must(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
  must(!mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64k"), "/dev/shm");
  must(!mount("tmpfs", "/dev/pts", "tmpfs", 0, "size=64k"), "/dev/pts");
  make_file("/dev/shm/silent");
  snprintf(options, sizeof options,
           "fd=%d,rootmode=100666,user_id=0,group_id=0,allow_other", device);
  must(!mount("silent", "/dev/shm/silent", "fuse", 0, options), "mount");
}

static void hold_files(int ready) {
  char path[32];
  for (int i = 0; i < 64; i++) {
    snprintf(path, sizeof path, "/dev/pts/%d", i);
    make_file(path);
    must(!mount("/dev/shm/silent", path, NULL, MS_BIND, NULL), path);
    must(open(path, O_RDWR) >= 0, path);
  }
  must(open("/dev/shm/silent", O_RDWR) >= 0, "/dev/shm/silent");
  must(write(ready, "x", 1) == 1, "write");
  for (;;) pause();
}

static void answer(int device, unsigned long unique, void *body, int size) {
  static char buffer[4096];
  struct fuse_out_header head = {sizeof head + size, 0, unique};
  memcpy(buffer, &head, sizeof head);
  memcpy(buffer + sizeof head, body, size);
  must(write(device, buffer, head.len) == (int)head.len, "answer");
}

static void serve(int device, struct fuse_in_header *in) {
  struct fuse_init_out init = {.major = 7, .minor = 31, .max_write = 4096};
  struct fuse_attr_out attr = {.attr = {.ino = 1, .nlink = 1}};
  struct fuse_open_out opened = {0};
  attr.attr.mode = S_IFREG | 0666;
  if (in->opcode == FUSE_INIT) answer(device, in->unique, &init, sizeof init);
  if (in->opcode == FUSE_GETATTR) answer(device, in->unique, &attr, sizeof attr);
  if (in->opcode == FUSE_OPEN) answer(device, in->unique, &opened, sizeof opened);
}

int main(void) {
  static char buffer[1 << 17];
  struct fuse_in_header *in = (void *)buffer;
  int ready[2], silent = 0;
  char byte;
  int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  must(device >= 0, "/dev/fuse");
  mount_it(device);
  must(!pipe2(ready, O_NONBLOCK), "pipe");
  setvbuf(stdout, NULL, _IOLBF, 0);
  pid_t holder = fork();
  if (holder == 0) {
    close(device);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    hold_files(ready[1]);
  }
  fcntl(device, F_SETFL, O_NONBLOCK);
  for (;;) {
    if (!silent && read(ready[0], &byte, 1) == 1) {
      silent = 1;
      printf("ready %d\n", holder);
    }
    if (read(device, buffer, sizeof buffer) < 0) {
      usleep(1000);
      continue;
    }
    if (silent) printf("asked %u\n", in->opcode);
    else serve(device, in);
  }
}

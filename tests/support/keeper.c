// keeper DIR: starts the program that DIR/launch describes and keeps all of
// its offspring together. It is their subreaper, so an orphan that outlives
// the program falls to it and stays in one tree below it. It ends them all
// when DIR/keeper-commands says so or reaches end of file, which is when the
// test process is gone for whatever reason.
//
// keeper winsize: prints "SIZE rows columns" at once and at every SIGWINCH.
//
// It writes to DIR/keeper-events, with CLOCK_MONOTONIC nanoseconds,
//   started PID NS | failed ERRNO NS
//   exited CODE NS | signalled NUMBER NS
//   swept LEFT NS
#define _GNU_SOURCE
#include "pairs.h"
#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int events;

static void tell(const char *what, long detail, long long t) {
  char line[128];
  int n = snprintf(line, sizeof line, "%s %ld %lld\n", what, detail, t);
  write_all(events, line, n);
}

// ---- the program -----------------------------------------------------------

// The kernel's own struct and call: glibc keeps signals 32 and 33 to itself,
// and a Deno process hands them on ignored.
static void dispose(int signal, void (*how)(int)) {
  struct { void (*handler)(int); unsigned long flags; void (*restorer)(void);
           unsigned long mask; } action = {.handler = how};
  syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

static void signals(void) {
  unsigned long mask = 0;
  for (int s = 1; s < 65; s++) dispose(s, SIG_DFL);
  char **list = vector("ignore");
  for (int i = 0; list[i]; i++) dispose(atoi(list[i]), SIG_IGN);
  list = vector("block");
  for (int i = 0; list[i]; i++) mask |= 1ul << (atoi(list[i]) - 1);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

static void limits(void) {
  char **list = vector("rlimit");
  for (int i = 0; list[i]; i++) {
    int which;
    long long soft, hard;
    if (sscanf(list[i], "%d %lld %lld", &which, &soft, &hard) != 3) _exit(126);
    struct rlimit r = {soft, hard};
    if (setrlimit(which, &r)) _exit(126);
  }
}

static void put_fd(const char *path, int fd, int flags) {
  int opened = open(path, flags);
  if (opened < 0) _exit(126);
  if (opened == fd) return;
  dup2(opened, fd);
  close(opened);
}

static void become_program(int report) {
  setpgid(0, 0);
  for (int fd = 3; fd < 1024; fd++)
    if (fd != report) close(fd);
  put_fd(value("stdin"), 0, O_RDONLY);
  put_fd(value("stdout"), 1, O_WRONLY);
  put_fd(value("stderr"), 2, O_WRONLY);
  // "FD PATH"
  char **list = vector("fd");
  for (int i = 0; list[i]; i++)
    put_fd(strchr(list[i], ' ') + 1, atoi(list[i]), O_RDONLY);
  list = vector("close");
  for (int i = 0; list[i]; i++) close(atoi(list[i]));
  if (chdir(value("cwd"))) _exit(126);
  if (value("removeCwd") && rmdir(value("cwd"))) _exit(126);
  if (value("umask")) umask(number("umask", 022));
  if (value("nice")) setpriority(PRIO_PROCESS, 0, number("nice", 0));
  if (value("oom")) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    write_all(fd, value("oom"), strlen(value("oom")));
    close(fd);
  }
  char **argv = vector("arg"), **envp = vector("env");
  signals();
  limits();
  execve(value("executable"), argv, envp);
  int e = errno;
  write_all(report, (char *)&e, sizeof e);
  _exit(127);
}

// Returns the pid, or 0 after telling why the program could not be started.
static pid_t start(void) {
  int ends[2], e = 0;
  if (pipe2(ends, O_CLOEXEC)) _exit(98);
  // Out of the way of the descriptors that the program shall find.
  int report = fcntl(ends[1], F_DUPFD_CLOEXEC, 1024);
  if (report < 0) report = fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
  close(ends[1]);
  long long t = now_ns();
  pid_t pid = fork();
  if (pid == 0) become_program(report);
  close(report);
  int failed = read(ends[0], &e, sizeof e) == sizeof e;
  close(ends[0]);
  if (!failed) {
    tell("started", pid, t);
    return pid;
  }
  waitpid(pid, NULL, 0);
  tell("failed", e, t);
  return 0;
}

// ---- the end ---------------------------------------------------------------

static int parent_of(int pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  char *text = slurp(path, NULL), *end = text ? strrchr(text, ')') : NULL;
  int parent = 0;
  if (end) sscanf(end + 2, "%*c %d", &parent);
  free(text);
  return parent;
}

static int is_below(int pid) {
  for (int up = parent_of(pid); up > 1; up = parent_of(up))
    if (up == getpid()) return 1;
  return 0;
}

static int kill_offspring(void) {
  DIR *dir = opendir("/proc");
  struct dirent *e;
  int n = 0;
  while ((e = readdir(dir))) {
    int pid = atoi(e->d_name);
    if (pid > 1 && is_below(pid)) {
      kill(pid, SIGKILL);
      n++;
    }
  }
  closedir(dir);
  return n;
}

// A process that forks while it is being swept needs another round.
static int sweep(void) {
  int left = 0;
  for (int round = 0; round < 2000; round++) {
    left = kill_offspring();
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
    if (!left && waitpid(-1, NULL, WNOHANG) < 0) return 0;
    sleep_ms(2);
  }
  return left;
}

static int supervise(const char *dir) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/launch", dir);
  read_pairs(path);
  snprintf(path, sizeof path, "%s/keeper-commands", dir);
  int commands = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "%s/keeper-events", dir);
  events = open(path, O_WRONLY | O_CLOEXEC);
  if (commands < 0 || events < 0) return 97;
  signal(SIGPIPE, SIG_IGN);
  // A Ctrl-C at the terminal is for the test process; then comes end of file.
  signal(SIGINT, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  pid_t pid = start();
  int pidfd = pid ? syscall(SYS_pidfd_open, pid, 0) : -1;

  for (;;) {
    struct pollfd wait[2] = {{commands, POLLIN, 0}, {pidfd, POLLIN, 0}};
    if (poll(wait, 2, -1) < 0) continue;
    if (wait[1].revents) {
      long long t = now_ns();
      int status = 0;
      waitpid(pid, &status, 0);
      if (WIFEXITED(status)) tell("exited", WEXITSTATUS(status), t);
      else tell("signalled", WTERMSIG(status), t);
      close(pidfd);
      pidfd = -1;
    }
    if (wait[0].revents) break;
  }
  tell("swept", sweep(), now_ns());
  return 0;
}

static void winsize(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGWINCH);
  sigprocmask(SIG_BLOCK, &set, NULL);
  for (;;) {
    struct winsize size = {0};
    char line[64];
    int got;
    ioctl(0, TIOCGWINSZ, &size);
    int n = snprintf(line, sizeof line, "SIZE %u %u\n", size.ws_row, size.ws_col);
    write_all(1, line, n);
    sigwait(&set, &got);
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 96;
  if (strcmp(argv[1], "winsize")) return supervise(argv[1]);
  winsize();
}

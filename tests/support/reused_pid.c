// reused_pid <pid file> <gate> [parent]: what a runtime's create looks like when
// pids come again. An orphan of it ends with status 9. Then init is started
// under the same number; it says so, waits at the gate, and ends with status 3.
// With a third FIFO another process is init's parent, until that is written to.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char *text) {
  if (write(1, text, strlen(text)) < 0) _exit(90);
}

static void wait_at(const char *fifo) {
  char byte;
  int gate = open(fifo, O_RDONLY);
  if (read(gate, &byte, 1) < 0) _exit(94);
}

static int has_content(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 && found.st_size > 0;
}

static pid_t ended_orphan(void) {
  int ends[2];
  pid_t orphan = 0;
  if (pipe(ends)) return 0;
  if (fork() == 0) {
    pid_t pid = fork();
    if (pid == 0) _exit(9);
    if (write(ends[1], &pid, sizeof pid) < 0) _exit(91);
    _exit(0);
  }
  wait(NULL);
  if (read(ends[0], &orphan, sizeof orphan) != sizeof orphan) return 0;
  close(ends[0]);
  close(ends[1]);
  // Until the subreaper above has reaped it.
  while (kill(orphan, 0) == 0) usleep(1000);
  return orphan;
}

static void next_pid_is(pid_t pid) {
  FILE *file = fopen("/proc/sys/kernel/ns_last_pid", "w");
  if (!file) _exit(92);
  fprintf(file, "%d", pid - 1);
  fclose(file);
}

int main(int argc, char **argv) {
  if (argc < 3) return 93;
  pid_t wanted = ended_orphan();
  if (argc > 3 && fork() > 0) {
    while (!has_content(argv[1])) usleep(1000);
    return 0;
  }
  for (int tries = 0; tries < 1000; tries++) {
    next_pid_is(wanted);
    pid_t pid = fork();
    if (pid == 0) {
      if (getpid() != wanted) _exit(0);
      setsid();
      say("init is up\n");
      wait_at(argv[2]);
      say("init ends\n");
      _exit(3);
    }
    if (pid == wanted) {
      FILE *file = fopen(argv[1], "w");
      fprintf(file, "%d", pid);
      fclose(file);
      if (argc > 3) wait_at(argv[3]);
      return 0;
    }
    waitpid(pid, NULL, 0);
  }
  return 95;
}

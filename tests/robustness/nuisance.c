// What a process without privileges can be a nuisance with to whoever looks at
// it. Each prints "ready" on stderr and stays until it is killed:
// nuisance files PROCESSES FILES: so many processes with so many open files
// nuisance command BYTES: a command line of so many bytes, which cost nothing
// nuisance signals PID: sends SIGCHLD to a process, as fast as it can
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/prctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void must(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

static void ready(void) { must(write(2, "ready\n", 6) == 6, "write"); }

static void open_files(int count) {
  int file = open("/dev/null", O_RDWR);
  for (int i = 4; i < count; i++) must(dup(file) >= 0, "dup");
}

static void files(int processes, int count) {
  struct rlimit limit = {count + 10, count + 10};
  int told[2];
  char byte;
  must(!setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
  must(!pipe(told), "pipe");
  for (int i = 0; i < processes; i++) {
    if (fork()) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // None of them is the output of whoever has started it.
    close(0), close(1), close(2);
    open_files(count);
    must(write(told[1], "x", 1) == 1, "write");
    for (;;) pause();
  }
  for (int i = 0; i < processes; i++) must(read(told[0], &byte, 1) == 1, "read");
}

// Numbers of fields in proc_pid_stat(5).
enum { START_CODE = 26, START_STACK = 28, START_DATA = 45, ENV_START = 50 };

static void command(unsigned long bytes) {
  unsigned long long field[60] = {0};
  char text[4096] = "";
  FILE *stat = fopen("/proc/self/stat", "r");
  must(stat && fread(text, 1, sizeof text - 1, stat) > 0, "stat");
  char *word = strtok(strrchr(text, ')') + 2, " ");
  for (int i = 3; word && i < 60; i++, word = strtok(NULL, " "))
    field[i] = strtoull(word, NULL, 0);
  char *line = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  must(line != MAP_FAILED, "mmap");
  madvise(line, bytes, MADV_NOHUGEPAGE);
  struct prctl_mm_map map = {
      .start_code = field[START_CODE],
      .end_code = field[START_CODE + 1],
      .start_stack = field[START_STACK],
      .start_data = field[START_DATA],
      .end_data = field[START_DATA + 1],
      .start_brk = field[START_DATA + 2],
      .brk = (unsigned long)sbrk(0),
      .arg_start = (unsigned long)line,
      .arg_end = (unsigned long)line + bytes - 1,
      .env_start = field[ENV_START],
      .env_end = field[ENV_START + 1],
      .exe_fd = -1,
  };
  must(!prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof map, 0), "PR_SET_MM_MAP");
}

static void signals(int pid) {
  ready();
  while (kill(pid, SIGCHLD) == 0)
    ;
  exit(0);
}

int main(int argc, char **argv) {
  if (argc == 4 && !strcmp(argv[1], "files"))
    files(atoi(argv[2]), atoi(argv[3]));
  else if (argc == 3 && !strcmp(argv[1], "command"))
    command(strtoul(argv[2], NULL, 0));
  else if (argc == 3 && !strcmp(argv[1], "signals"))
    signals(atoi(argv[2]));
  else
    return 2;
  ready();
  for (;;) pause();
}

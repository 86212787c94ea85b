// orphans COUNT: so many processes end whose parents have ended, or are about
// to, some a little later. Prints their numbers, one a line.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  for (long left = argc > 1 ? atol(argv[1]) : 0; left > 0; left--) {
    pid_t parent = fork();
    if (parent < 0) return 1;
    if (parent == 0) {
      pid_t orphan = fork();
      if (orphan == 0 && left % 16 == 0) usleep(2000);
      if (orphan > 0) dprintf(1, "%d\n", orphan);
      _exit(orphan < 0);
    }
    int status;
    if (waitpid(parent, &status, 0) < 0 || status) return 1;
  }
  return 0;
}

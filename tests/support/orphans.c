// orphans N: starts N processes, one after the other, each by a parent that
// ends at once. Some of them live a little longer than that parent.
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 0;
  for (int i = 0; i < n; i++) {
    pid_t parent = fork();
    if (parent == 0) {
      pid_t orphan = fork();
      if (orphan == 0 && i % 16 == 0) usleep(2000);
      _exit(orphan < 0);
    }
    int status;
    if (parent < 0 || waitpid(parent, &status, 0) != parent || status) return 99;
  }
  return 0;
}

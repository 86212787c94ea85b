// held_start PROGRAM [ARGUMENT ...]: starts a program and holds it right behind
// its execve(2), as a busy host may. Prints "held", goes on at a byte or the
// end of stdin, and ends with the program's exit status.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  (void)argc;
  int status;
  char byte;
  pid_t pid = fork();
  if (pid == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execv(argv[1], argv + 1);
    _exit(127);
  }
  if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return 126;
  if (write(1, "held\n", 5) != 5) kill(pid, SIGKILL);
  if (read(0, &byte, 1) < 0) kill(pid, SIGKILL);
  ptrace(PTRACE_DETACH, pid, NULL, NULL);
  while (waitpid(pid, &status, 0) != pid) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

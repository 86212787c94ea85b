// A shim for processes without a terminal, as small as the contract allows.
// The conformance suite tests itself with it: unbroken it passes, and built
// with -DBREAK=… it does one thing wrong that a scenario must catch.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum fault {
  NOTHING,
  EXIT_CLOSES_FIRST, // the exit event comes before exitStatus
  SIGPIPE_IGNORED,   // what the runtime starts inherits it ignored
  LAST_CHUNK_LOST,   // the last bytes of every output
  FD_LEAKED,         // the runtime gets the control FIFO
  SIGNAL_STATUS,     // 9 instead of 128 + 9
  NO_DELETE,         // the container stays in the runtime's state
  NO_DEATH_SIGNAL,   // a runtime call survives the shim
  ZOMBIES,           // orphans are not reaped
  STDIN_NEVER_ENDS,  // the close message has no effect
  EXEC_KILLS,        // an exec ends the whole container
  // In what the comparison leaves out:
  OTHER_WARNING,  // the usual warning of upstream as a message of another form
  WARNS_TWICE,    // that warning in its own form, but two of it
  LOG_UNESCAPED,  // a quote in the text of an error as it is
  EMPTY_CONSOLE,  // --console "" for a runtime that does not know it
};
#ifndef BREAK
#define BREAK NOTHING
#endif

static char *id, *bundle, *runtime, *process;
static char state[4096];
static int exit_fd;
static int exec_mode;
static pid_t init = -1;
static int init_ended, init_status;

static int opened_log(void) {
  return open("shim-log.json", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static void log_error(const char *what) {
  int fd = opened_log();
  const char *quote = BREAK == LOG_UNESCAPED ? "\"" : "";
  dprintf(fd, "{\"level\":\"error\",\"msg\":\"%s%s: %s\"}\n", quote, what, strerror(errno));
  close(fd);
}

// What upstream's every run ends with, or something like it.
static void warn_of_close(void) {
  int fd = opened_log();
  if (BREAK == OTHER_WARNING) dprintf(fd, "{\"level\":\"warn\",\"msg\":\"close |1: file already closed\"}\n");
  for (int i = 0; BREAK == WARNS_TWICE && i < 2; i++)
    dprintf(fd, "{\"level\": \"warn\",\"msg\": \"close |1: file already closed\"}");
  close(fd);
}

// ---- process.json ------------------------------------------------------------

static char *slurp(const char *path) {
  char *text = calloc(1, 1 << 20);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  for (ssize_t n, at = 0; (n = read(fd, text + at, (1 << 20) - 1 - at)) > 0;) at += n;
  close(fd);
  return text;
}

static char *value(const char *key) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", key);
  char *at = strstr(process, quoted);
  return at ? at + strlen(quoted) : "";
}

static char *string(const char *key) {
  char *at = value(key);
  return *at == '"' ? strndup(at + 1, strcspn(at + 1, "\"")) : "";
}

// ---- runtime -----------------------------------------------------------------

static pid_t call(char *const argv[], const char *cwd, int in, int out, int err) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  for (int s = 1; s < 65; s++) signal(s, SIG_DFL);
  if (BREAK == SIGPIPE_IGNORED) signal(SIGPIPE, SIG_IGN);
  if (BREAK != NO_DEATH_SIGNAL) prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(in, 0);
  dup2(out, 1);
  dup2(err, 2);
  if (chdir(cwd) == 0) execvp(argv[0], argv);
  _exit(127);
}

static void reap(void) {
  int status;
  pid_t only = BREAK == ZOMBIES ? init : -1;
  for (pid_t pid; (pid = waitpid(only, &status, WNOHANG)) > 0;)
    if (pid == init) init_ended = 1, init_status = status;
}

// Runs kill or delete; what it prints is dropped.
static void call_and_wait(char *const argv[]) {
  int words[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (pipe2(words, O_CLOEXEC)) return;
  pid_t pid = call(argv, state, null, words[1], words[1]);
  close(words[1]);
  waitpid(pid, NULL, 0);
  close(words[0]);
  close(null);
}

static void delete(void) {
  if (!exec_mode && BREAK != NO_DELETE) call_and_wait((char *[]){runtime, "delete", id, NULL});
}

// ---- streams -----------------------------------------------------------------

struct copy {
  int from, to;
  size_t size;
  int last; // nothing more will come
  char bytes[32768];
} copies[3]; // stdin, stdout, stderr
static int stdin_writer;

static int at_end(int fd) {
  struct pollfd one = {fd, POLLIN, 0};
  return poll(&one, 1, 20) == 1 && one.revents & POLLHUP && !(one.revents & POLLIN);
}

static void step(struct copy *c, short from, short to) {
  if (c->size && to & (POLLOUT | POLLERR)) {
    ssize_t n = write(c->to, c->bytes, c->size);
    if (n < 0 && errno != EAGAIN) n = c->size;
    if (n > 0) memmove(c->bytes, c->bytes + n, c->size -= n);
  } else if (!c->size && from & (POLLIN | POLLHUP)) {
    ssize_t n = read(c->from, c->bytes, sizeof c->bytes);
    c->last = n == 0;
    if (n > 0) c->size = n;
    if (BREAK == LAST_CHUNK_LOST && at_end(c->from)) c->size = 0;
  }
  if (c->last && !c->size) {
    close(c->from);
    if (c == copies) close(c->to);
    c->from = -1;
  }
}

static void take_message(int control) {
  char text[256];
  ssize_t n = read(control, text, sizeof text - 1);
  text[n > 0 ? n : 0] = 0;
  if (BREAK == STDIN_NEVER_ENDS || strncmp(text, "0 ", 2) || stdin_writer < 0) return;
  close(stdin_writer);
  stdin_writer = -1;
}

// Moves what there is to move; looks for ended children some hundred times a second.
static void turn(int control) {
  struct pollfd set[7];
  for (int i = 0; i < 3; i++) {
    struct copy *c = &copies[i];
    set[2 * i] = (struct pollfd){c->size || c->last ? -1 : c->from, POLLIN, 0};
    set[2 * i + 1] = (struct pollfd){c->size && c->from >= 0 ? c->to : -1, POLLOUT, 0};
  }
  set[6] = (struct pollfd){control, POLLIN, 0};
  poll(set, 7, 5);
  for (int i = 0; i < 3; i++)
    if (set[2 * i].revents || set[2 * i + 1].revents)
      step(&copies[i], set[2 * i].revents, set[2 * i + 1].revents);
  if (set[6].revents & POLLIN) take_message(control);
}

static int opened(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0) {
    log_error(path);
    exit(1);
  }
  return fd;
}

// ---- the story ---------------------------------------------------------------

static void nothing(int signal) { (void)signal; }

static int start(int ends[3], int control) {
  char pid_file[4200], log[4200], json[4200];
  snprintf(pid_file, sizeof pid_file, "%s/pid", state);
  snprintf(log, sizeof log, "%s/log.json", state);
  snprintf(json, sizeof json, "%s/process.json", state);
  char *create[] = {runtime, "--log", log, "--log-format", "json", "create",
                    "--bundle", bundle, "--pid-file", pid_file, id, NULL, NULL, NULL};
  if (BREAK == EMPTY_CONSOLE) {
    memmove(create + 10, create + 8, 3 * sizeof *create);
    create[8] = "--console", create[9] = "";
  }
  char *exec[] = {runtime, "--log", log, "--log-format", "json", "exec", "-d",
                  "--process", json, "--pid-file", pid_file, id, NULL};
  pid_t pid = call(exec_mode ? exec : create, bundle, ends[0], ends[1], ends[2]);
  for (int i = 0; i < 3; i++) close(ends[i]);
  int status;
  while (waitpid(pid, &status, WNOHANG) == 0) turn(control);
  return status;
}

static void write_status(void) {
  int fd = open("exitStatus", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  int base = BREAK == SIGNAL_STATUS ? 0 : 128;
  dprintf(fd, "%d", WIFSIGNALED(init_status) ? base + WTERMSIG(init_status)
                                             : WEXITSTATUS(init_status));
  close(fd);
}

int main(int argc, char **argv) {
  if (argc < 4 || !getcwd(state, sizeof state)) return 2;
  id = argv[1], bundle = argv[2], runtime = argv[3];
  for (int s = 1; s < 65; s++) signal(s, nothing);
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  close(opened_log());
  exit_fd = opened("exit", O_WRONLY);
  int control = opened("control", O_RDWR | O_NONBLOCK);
  if (BREAK == FD_LEAKED) fcntl(control, F_SETFD, 0);
  process = slurp("process.json");
  exec_mode = !strncmp(value("exec"), "true", 4);

  int ends[3];
  char *names[] = {"containerdStdin", "containerdStdout", "containerdStderr"};
  for (int i = 0; i < 3; i++) {
    int pair[2];
    if (pipe2(pair, O_CLOEXEC)) return 1;
    char *path = string(names[i]);
    ends[i] = pair[i > 0];
    int fifo = opened(path, i ? O_WRONLY : O_RDONLY | O_NONBLOCK);
    // The other end as well, so that a peer may come and go.
    int other = opened(path, i ? O_RDONLY | O_NONBLOCK : O_WRONLY);
    if (i == 0) stdin_writer = other;
    copies[i] = (struct copy){i ? pair[0] : fifo, i ? fifo : pair[1], 0, 0, ""};
    fcntl(copies[i].from, F_SETFL, O_NONBLOCK);
    fcntl(copies[i].to, F_SETFL, O_NONBLOCK);
  }

  if (start(ends, control) != 0) {
    delete();
    return 0;
  }
  char *digits = slurp("pid");
  if (!digits) {
    log_error("pid");
    delete();
    return 1;
  }
  init = atoi(digits);
  while (reap(), !init_ended) turn(control);
  if (BREAK == EXIT_CLOSES_FIRST) close(exit_fd), usleep(50000);
  write_status();
  if (!exec_mode || BREAK == EXEC_KILLS)
    call_and_wait((char *[]){runtime, "kill", "--all", id, "SIGKILL", NULL});
  while (copies[1].from >= 0 || copies[2].from >= 0) turn(control), reap();
  close(copies[1].to), close(copies[2].to);
  warn_of_close();
  delete();
  return 0;
}

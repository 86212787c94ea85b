// Everything that a measurement needs and that must cost nothing: time stamps
// taken in the first instruction of a static program, a runtime that does
// nothing, sources and sinks of bytes. Linked statically.
//
// A stamp is a line "<name> <CLOCK_MONOTONIC in ns> <number>" written into the
// FIFO of stamps, which the benchmark reads.
//
// Executed under the name `runtime` it is an OCI runtime. Beside it lie
//   stamps   the FIFO of stamps
//   init     the argument list of the container's init, each closed by a NUL
//   leave    a cgroup.procs, if the runtime is to leave the shim's cgroup
#define _GNU_SOURCE
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  _exit(111);
}

static void all(int fd, const char *bytes, size_t left) {
  while (left > 0) {
    ssize_t n = write(fd, bytes, left);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) die("write");
    bytes += n, left -= n;
  }
}

// One write of a short line into a FIFO arrives in one piece.
static void stamp(int fd, const char *name, long long at, long number) {
  char line[128];
  all(fd, line, snprintf(line, sizeof line, "%s %lld %ld\n", name, at, number));
}

static int to_stamps(const char *path) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) die(path);
  return fd;
}

static void wait_at(const char *gate) {
  char byte;
  int fd = open(gate, O_RDWR | O_CLOEXEC);
  if (fd < 0 || read(fd, &byte, 1) != 1) die(gate);
  close(fd);
}

static void move_to_cgroup(const char *procs) {
  int fd = open(procs, O_WRONLY | O_CLOEXEC);
  if (fd < 0) die(procs);
  all(fd, "0", 1);
  close(fd);
}

static void for_ever(void) {
  for (;;) pause();
}

// The master and the slave of a new terminal.
static void new_terminal(int ends[2]) {
  int unlocked = 0, number;
  char name[32];
  ends[0] = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ends[0] < 0 || ioctl(ends[0], TIOCSPTLCK, &unlocked) ||
      ioctl(ends[0], TIOCGPTN, &number))
    die("/dev/ptmx");
  snprintf(name, sizeof name, "/dev/pts/%d", number);
  ends[1] = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ends[1] < 0) die(name);
}

// ---- the runtime -----------------------------------------------------------

static char home[PATH_MAX];

static const char *at_home(const char *name) {
  static char path[PATH_MAX + 16];
  snprintf(path, sizeof path, "%s/%s", home, name);
  return path;
}

static int file_at_home(const char *name, char *text, size_t size) {
  int fd = open(at_home(name), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = read(fd, text, size - 1);
  close(fd);
  if (n < 0) die(name);
  text[n] = 0;
  return n;
}

static const char *option(char **argv, const char *name) {
  for (int i = 1; argv[i]; i++)
    if (!strcmp(argv[i], name)) return argv[i + 1];
  return NULL;
}

// Makes a terminal and hands its master over; returns the slave.
static int slave_for(const char *socket_path) {
  int ends[2];
  new_terminal(ends);
  int master = ends[0], slave = ends[1];
  int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path, socket_path, sizeof to.sun_path - 1);
  if (s < 0 || connect(s, (void *)&to, sizeof to)) die(socket_path);
  struct iovec text = {"/dev/ptmx", 9};
  char control[CMSG_SPACE(sizeof master)] = {0};
  struct msghdr message = {.msg_iov = &text,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof master);
  memcpy(CMSG_DATA(rights), &master, sizeof master);
  if (sendmsg(s, &message, MSG_NOSIGNAL) < 0) die("sendmsg");
  close(s);
  close(master);
  return slave;
}

static void create(char **argv, int stamps) {
  static char text[65536];
  char *init[64];
  int n = 0, length = file_at_home("init", text, sizeof text), slave = -1;
  for (char *p = text; p < text + length && n < 63; p += strlen(p) + 1)
    init[n++] = p;
  init[n] = NULL;
  if (n == 0) _exit(1);
  const char *path = option(argv, "--console"),
             *socket_path = option(argv, "--console-socket");
  if (socket_path)
    slave = slave_for(socket_path);
  else if (path && *path)
    slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    setsid();
    if (slave >= 0) {
      ioctl(slave, TIOCSCTTY, 0);
      for (int fd = 0; fd < 3; fd++) dup2(slave, fd);
    }
    signal(SIGPIPE, SIG_DFL);
    execv(init[0], init);
    die(init[0]);
  }
  const char *pid_file = option(argv, "--pid-file");
  char number[16];
  int fd = pid_file
               ? open(pid_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)
               : -1;
  if (fd < 0) die("pid file");
  all(fd, number, snprintf(number, sizeof number, "%d", pid));
  close(fd);
  stamp(stamps, "init", now(), pid);
}

// The first argument that is a command's name.
static const char *command_of(char **argv) {
  static const char *commands[] = {"create", "exec", "restore",
                                   "start",  "kill", "delete"};
  for (int i = 1; argv[i]; i++)
    for (int j = 0; j < 6; j++)
      if (!strcmp(argv[i], commands[j])) return commands[j];
  return NULL;
}

// The processor time that all threads of a process have used, in nanoseconds.
static long used_by(pid_t pid) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) die(path);
  long sum = 0, one;
  for (struct dirent *task; (task = readdir(tasks));) {
    if (*task->d_name == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid,
             task->d_name);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%ld", &one) == 1) sum += one;
    if (file) fclose(file);
  }
  closedir(tasks);
  return sum;
}

static int runtime(char **argv, long long began) {
  snprintf(home, sizeof home, "%s", (const char *)getauxval(AT_EXECFN));
  *strrchr(home, '/') = 0;
  int stamps = to_stamps(at_home("stamps"));
  const char *command = command_of(argv);
  if (!command) return 1;
  stamp(stamps, command, began, getpid());
  stamp(stamps, "used", began, used_by(getppid()));
  char leave[PATH_MAX];
  if (file_at_home("leave", leave, sizeof leave) > 0) move_to_cgroup(leave);
  if (strcmp(command, "kill") && strcmp(command, "delete"))
    create(argv, stamps);
  return 0;
}

// ---- tools of the daemon's side --------------------------------------------

// launch STAMPS CGROUP.PROCS|- PROGRAM ARGS...: becomes the program.
static int launch(char **argv) {
  int stamps = to_stamps(argv[0]);
  if (strcmp(argv[1], "-")) move_to_cgroup(argv[1]);
  setpgid(0, 0);
  stamp(stamps, "exec", now(), getpid());
  execv(argv[2], argv + 2);
  die(argv[2]);
  return 1;
}

// lifetime PROGRAM ARGS...: prints how long after its exec the program wrote
// its first byte to stdout (0: never), how long after it was reaped, and the
// processor time that it took.
static int lifetime(char **argv) {
  long long *began = mmap(NULL, sizeof *began, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int ends[2], status;
  struct rusage used;
  if (began == MAP_FAILED || pipe2(ends, O_CLOEXEC)) die("lifetime");
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    dup2(ends[1], 1);
    *began = now();
    execv(argv[0], argv);
    die(argv[0]);
  }
  close(ends[1]);
  char byte;
  long long first = read(ends[0], &byte, 1) == 1 ? now() : 0;
  if (wait4(pid, &status, 0, &used) != pid || status != 0)
    die("the program failed");
  long long end = now();
  printf("%lld %lld %lld\n", first ? first - *began : 0, end - *began,
         (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000LL +
             (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000LL);
  return 0;
}

// watch STATE STAMPS: the end of a container as the daemon sees it.
static int watch(char **argv) {
  int stamps = to_stamps(argv[1]),
      notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), written = 0;
  if (chdir(argv[0])) die(argv[0]);
  struct pollfd fds[] = {
      {open("exit", O_RDONLY | O_NONBLOCK | O_CLOEXEC), 0, 0},
      {notify, POLLIN, 0}};
  if (fds[0].fd < 0 ||
      inotify_add_watch(notify, ".", IN_CLOSE_WRITE | IN_MOVED_TO) < 0)
    die(argv[0]);
  stamp(stamps, "watching", now(), 0);
  for (;;) {
    if (poll(fds, 2, -1) < 0) die("poll");
    long long at = now();
    if (fds[1].revents) {
      char events[4096] __attribute__((aligned(8)));
      ssize_t n = read(notify, events, sizeof events);
      for (char *p = events; p < events + n;) {
        struct inotify_event *event = (void *)p;
        if (event->len && !strcmp(event->name, "exitStatus") && !written++)
          stamp(stamps, "exitStatus", at, 0);
        p += sizeof *event + event->len;
      }
    }
    if (fds[0].revents & POLLHUP) {
      stamp(stamps, "exit", at, 0);
      return 0;
    }
  }
}

// between pipe|terminal PROGRAM ARGS... -- MIDDLE ARGS...: becomes MIDDLE,
// whose stdin is the stdout of PROGRAM: through a pipe, or as the terminal's
// master.
static int between(char **argv) {
  int ends[2], terminal = !strcmp(argv[0], "terminal"), at = 1;
  while (argv[at] && strcmp(argv[at], "--")) at++;
  if (!argv[at] || !argv[at + 1]) return 2;
  argv[at] = NULL;
  if (terminal)
    new_terminal(ends);
  else if (pipe2(ends, O_CLOEXEC))
    die("pipe2");
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (terminal) dup2(ends[1], 0);
    dup2(ends[1], 1);
    execv(argv[1], argv + 1);
    die(argv[1]);
  }
  dup2(ends[0], 0);
  execvp(argv[at + 1], argv + at + 1);
  die(argv[at + 1]);
  return 1;
}

// pingpong IN OUT GATE ROUNDS: one byte there and back; prints each round in
// ns. A reader of OUT is there before anything waits for a peer.
static int pingpong(char **argv) {
  int out = open(argv[1], O_RDONLY | O_NONBLOCK);
  int in = open(argv[0], O_WRONLY);
  if (in < 0 || out < 0 || fcntl(out, F_SETFL, 0)) die("pingpong");
  wait_at(argv[2]);
  for (int i = 0, rounds = atoi(argv[3]); i < rounds; i++) {
    char byte = 'x';
    long long began = now();
    all(in, &byte, 1);
    if (read(out, &byte, 1) != 1) die("pingpong");
    printf("%lld\n", now() - began);
  }
  return 0;
}

// ---- sources and sinks, on either side -------------------------------------

static void pour(int fd, long long left, size_t block) {
  char *bytes = malloc(block);
  for (size_t i = 0; i < block; i++) bytes[i] = 'a' + i % 23;
  for (; left > 0; left -= block)
    all(fd, bytes, left < (long long)block ? (size_t)left : block);
}

// source STAMPS GATE TOTAL BLOCK [PATH]: writes to stdout or into PATH.
static int source(char **argv) {
  int stamps = to_stamps(argv[0]), fd = argv[4] ? open(argv[4], O_WRONLY) : 1;
  if (fd < 0) die(argv[4]);
  stamp(stamps, "ready", now(), getpid());
  wait_at(argv[1]);
  stamp(stamps, "first", now(), 0);
  pour(fd, atoll(argv[2]), atol(argv[3]));
  for_ever();
  return 0;
}

// sink STAMPS TOTAL [PATH]: reads stdin or PATH.
static int sink(char **argv) {
  static char bytes[65536];
  int stamps = to_stamps(argv[0]), fd = argv[2] ? open(argv[2], O_RDONLY) : 0;
  long long left = atoll(argv[1]);
  if (fd < 0) die(argv[2]);
  stamp(stamps, "sink", now(), getpid());
  while (left > 0) {
    ssize_t n = read(fd, bytes, sizeof bytes);
    if (n <= 0) die("sink");
    left -= n;
  }
  stamp(stamps, "last", now(), 0);
  if (!argv[2]) for_ever();
  return 0;
}

// echo STAMPS: what cat does, and on a terminal without its line discipline.
static int echo(char **argv) {
  static char bytes[65536];
  int stamps = to_stamps(argv[0]);
  struct termios t;
  ssize_t n;
  if (!tcgetattr(0, &t)) {
    cfmakeraw(&t);
    tcsetattr(0, TCSANOW, &t);
  }
  stamp(stamps, "ready", now(), getpid());
  while ((n = read(0, bytes, sizeof bytes)) > 0) all(1, bytes, n);
  return 0;
}

// end STAMPS GATE: a container process that ends.
static int end(char **argv) {
  int stamps = to_stamps(argv[0]);
  stamp(stamps, "ready", now(), getpid());
  wait_at(argv[1]);
  stamp(stamps, "end", now(), 0);
  return 0;
}

// running: says on stdout when the first instruction of a container ran.
static int running(long long began) {
  stamp(1, "running", began, 0);
  return 0;
}

int main(int argc, char **argv) {
  long long began = now();
  const char *slash = strrchr(argv[0], '/'),
             *name = slash ? slash + 1 : argv[0];
  if (!strcmp(name, "runtime")) return runtime(argv, began);
  static const struct {
    const char *name;
    int (*tool)(char **);
    int arguments;
  } tools[] = {
      {"launch", launch, 3},   {"lifetime", lifetime, 1},
      {"watch", watch, 2},     {"pingpong", pingpong, 4},
      {"between", between, 4}, {"source", source, 4},
      {"sink", sink, 2},       {"echo", echo, 1},
      {"end", end, 2},
  };
  if (argc == 2 && !strcmp(argv[1], "running")) return running(began);
  if (argc == 2 && !strcmp(argv[1], "pause")) for_ever();
  for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
    if (argc > 1 && !strcmp(argv[1], tools[i].name) &&
        argc - 2 >= tools[i].arguments)
      return tools[i].tool(argv + 2);
  fprintf(stderr, "%s: not a tool of this program\n",
          argc > 1 ? argv[1] : "nothing");
  return 2;
}

// A runtime and its container in one, for thousands of lives: small, quick and
// silent. Called as an OCI runtime is; BUNDLE/plan (or, for an exec, plan beside
// the file of --process) holds eight numbers:
//   seed  out err in  chunk pause  orphans  exit
// The container writes `out` and `err` bytes of two pseudo-random streams, in
// pieces of up to `chunk` bytes with up to `pause` microseconds between them,
// leaves `orphans` children behind that end at once, reads `in` bytes of a third
// stream and compares them, and exits with `exit`, or with 99 when they differ.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

struct plan {
  unsigned seed, out, err, in, chunk, pause, orphans, exit;
};

static const char *option(char **argv, const char *name) {
  for (int i = 1; argv[i]; i++)
    if (!strcmp(argv[i], name)) return argv[i + 1];
  return NULL;
}

static int has(char **argv, const char *name) {
  for (int i = 1; argv[i]; i++)
    if (!strcmp(argv[i], name)) return 1;
  return 0;
}

// ---- the streams: xorshift32, four bytes a step, little-endian ---------------

struct stream {
  uint32_t state;
  unsigned at; // bytes of the state that are used
};

static struct stream stream_of(unsigned seed, unsigned which) {
  struct stream s = {seed * 2654435761u + which * 40503u, 4};
  if (!s.state) s.state = 1;
  return s;
}

static unsigned char next(struct stream *s) {
  if (s->at == 4) {
    s->state ^= s->state << 13;
    s->state ^= s->state >> 17;
    s->state ^= s->state << 5;
    s->at = 0;
  }
  return s->state >> 8 * s->at++;
}

static void say(int fd, struct stream *s, unsigned *left, unsigned most) {
  static unsigned char buffer[1 << 16];
  unsigned count = *left < most ? *left : most;
  for (unsigned i = 0; i < count; i++) buffer[i] = next(s);
  for (unsigned done = 0; done < count;) {
    ssize_t n = write(fd, buffer + done, count - done);
    if (n < 0 && errno != EINTR) _exit(98);
    if (n > 0) done += n;
  }
  *left -= count;
}

static void listen_to(unsigned seed, unsigned left) {
  struct stream expected = stream_of(seed, 0);
  unsigned char buffer[4096];
  while (left) {
    ssize_t n = read(0, buffer, left < sizeof buffer ? left : sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(97);
    for (ssize_t i = 0; i < n; i++)
      if (buffer[i] != next(&expected)) _exit(99);
    left -= n;
  }
}

// ---- the container -----------------------------------------------------------

static void container(struct plan p) {
  struct stream out = stream_of(p.seed, 1), err = stream_of(p.seed, 2);
  unsigned dice = p.seed | 1;
  while (p.out || p.err || p.orphans) {
    dice = dice * 1664525 + 1013904223;
    unsigned most = 1 + (dice >> 8) % p.chunk;
    if (p.out) say(1, &out, &p.out, most);
    if (p.err) say(2, &err, &p.err, most);
    if (p.orphans) {
      p.orphans--;
      // The middle one waits for nobody: its child falls to the shim.
      if (fork() == 0) {
        if (fork() == 0) _exit(0);
        _exit(0);
      }
      while (waitpid(-1, NULL, WNOHANG) > 0) {}
    }
    if (p.pause) usleep((dice >> 4) % p.pause);
  }
  listen_to(p.seed, p.in);
  _exit(p.exit);
}

static int hand_over(const char *path, char *slave, size_t size) {
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  int unlock = 0, index;
  ioctl(master, TIOCSPTLCK, &unlock);
  ioctl(master, TIOCGPTN, &index);
  snprintf(slave, size, "/dev/pts/%d", index);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(s, (void *)&address, sizeof address)) _exit(3);
  struct iovec data = {(void *)"/dev/ptmx", 9};
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &master, sizeof(int));
  if (sendmsg(s, &message, MSG_NOSIGNAL) < 0) _exit(3);
  close(s);
  return master;
}

// Bytes go through it as they are.
static void take_terminal(const char *slave) {
  int fd = open(slave, O_RDWR);
  struct termios t;
  tcgetattr(fd, &t);
  cfmakeraw(&t);
  tcsetattr(fd, TCSANOW, &t);
  ioctl(fd, TIOCSCTTY, 0);
  for (int i = 0; i < 3; i++) dup2(fd, i);
  if (fd > 2) close(fd);
}

static void start(char **argv, const char *plan_path) {
  struct plan p;
  FILE *file = fopen(plan_path, "re");
  if (!file || fscanf(file, "%u %u %u %u %u %u %u %u", &p.seed, &p.out,
                      &p.err, &p.in, &p.chunk, &p.pause, &p.orphans,
                      &p.exit) != 8)
    exit(4);
  fclose(file);
  const char *console = option(argv, "--console-socket");
  char slave[64] = "";
  int master = console ? hand_over(console, slave, sizeof slave) : -1;
  int ready[2];
  if (pipe2(ready, O_CLOEXEC)) exit(5);
  pid_t middle = fork();
  if (middle == 0) {
    pid_t init = fork();
    if (init == 0) {
      setsid();
      close(ready[0]);
      close(ready[1]);
      if (*slave) take_terminal(slave);
      if (master >= 0) close(master);
      container(p);
    }
    if (write(ready[1], &init, sizeof init) != sizeof init) _exit(6);
    _exit(0);
  }
  pid_t init = 0;
  close(ready[1]);
  if (read(ready[0], &init, sizeof init) != sizeof init) exit(6);
  waitpid(middle, NULL, 0);
  FILE *out = fopen(option(argv, "--pid-file"), "we");
  fprintf(out, "%d", init);
  fclose(out);
}

int main(int argc, char **argv) {
  (void)argc;
  char path[4096];
  const char *place;
  if (has(argv, "create") && (place = option(argv, "--bundle"))) {
    snprintf(path, sizeof path, "%s/plan", place);
    start(argv, path);
  } else if (has(argv, "exec") && (place = option(argv, "--process"))) {
    snprintf(path, sizeof path, "%s", place);
    *strrchr(path, '/') = 0;
    strncat(path, "/plan", sizeof path - strlen(path) - 1);
    start(argv, path);
  }
  // kill and delete: the container has ended by itself.
  return 0;
}

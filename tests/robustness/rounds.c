// Rounds of small writes, a large one and silence, in both directions: what is
// written in a round has to arrive in it, though nothing ends.
//
// rounds container ORDERS ANSWERS WHERE: the init. WHERE is what it has for
// stdio: "pipes", or a terminal that it makes "raw" or leaves "cooked".
//
// rounds daemon ORDERS ANSWERS WHERE STDIN STDOUT STDERR SHIM ROUNDS SEED
// SPOOL: the other side. ORDERS and ANSWERS are FIFOs that the shim knows
// nothing of, SHIM is its pid. SPOOL is 1 if readers should now and then be so
// late that a spool is used. Prints "rounds N, B bytes" and ends with 0, or
// says what is wrong in one line and ends with 1.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// What the container is to do.
struct order {
  // o, e, b: write to stdout, stderr, both by turns
  // i: read; r: read and write back; t: read with an echo; q: end
  uint32_t kind;
  uint32_t before;           // a write that has to be taken first
  uint32_t small, size, gap; // so many small writes, and microseconds between
  uint32_t packets;          // each of which is to be read alone
  uint32_t large;            // and a large write
  uint32_t late;             // microseconds until it reads
  uint32_t orphan;           // leaves a process behind that ends at once
};

enum { LINE = 61, CHUNK = 65536, MOST = 1 << 18 };
enum { IN, OUT, ERR, STREAMS };

static int orders, answers, cooked, terminal;
static uint64_t at[STREAMS]; // how far each stream is
static unsigned char block[MOST];

// ---- what is written: any bytes, or lines -------------------------------------

static unsigned char value(int stream, uint64_t at) {
  if (!cooked) return (at * 31 + (at >> 8) * 7 + stream) & 0xff;
  return at % LINE == LINE - 1 ? '\n' : 'a' + (at * 7 + (at >> 8) + stream) % 26;
}

static unsigned char *next(int stream, size_t count) {
  for (size_t i = 0; i < count; i++) block[i] = value(stream, at[stream] + i);
  return block;
}

static size_t total(const struct order *o) {
  return o->before + (size_t)o->small * o->size + o->large;
}

static void spin(unsigned microseconds) {
  struct timespec t;
  if (!microseconds) return;
  clock_gettime(CLOCK_MONOTONIC, &t);
  int64_t end = t.tv_sec * 1000000000LL + t.tv_nsec + microseconds * 1000LL;
  do clock_gettime(CLOCK_MONOTONIC, &t);
  while (t.tv_sec * 1000000000LL + t.tv_nsec < end);
}

// Until the shim has taken what is in a pipe, but not for ever.
static void let_take(int fd) {
  for (int tries = 0, left; tries < 1000; tries++) {
    if (ioctl(fd, FIONREAD, &left) || !left) return;
    usleep(50);
  }
}

// O_DIRECT in pipe(2).
static void set_packets(int fd, int on) {
  int flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT);
}

// ---- the container ------------------------------------------------------------

static void answer(char word) {
  if (write(answers, &word, 1) != 1) _exit(90);
}

static void put(int fd, const unsigned char *bytes, size_t count) {
  for (ssize_t n; count; bytes += n, count -= n)
    if ((n = write(fd, bytes, count)) < 0) _exit(91);
}

static void say(int stream, size_t count) {
  put(stream == OUT ? 1 : 2, next(stream, count), count);
  at[stream] += count;
}

static void speak(const struct order *o) {
  int streams[2] = {o->kind == 'e' ? ERR : OUT, o->kind == 'o' ? OUT : ERR};
  if (o->before) {
    say(streams[0], o->before);
    let_take(streams[0]);
  }
  for (int i = 0; i < 2 && o->packets; i++) set_packets(streams[i], 1);
  for (unsigned i = 0; i < o->small; i++) {
    say(streams[i % 2], o->size);
    spin(o->gap);
  }
  for (int i = 0; i < 2 && o->packets; i++) set_packets(streams[i], 0);
  if (o->large) say(streams[0], o->large);
  if (o->large && o->kind == 'b') say(streams[1], o->large);
}

static void hear(const struct order *o) {
  if (o->late) usleep(o->late);
  for (size_t left = total(o); left;) {
    static unsigned char found[CHUNK];
    ssize_t n = read(0, found, left < sizeof found ? left : sizeof found);
    if (n <= 0) _exit(92);
    if (memcmp(found, next(IN, n), n)) _exit(93);
    at[IN] += n;
    left -= n;
    if (o->kind == 'r') put(1, found, n);
  }
}

static void set_echo(int on) {
  struct termios t;
  tcgetattr(0, &t);
  t.c_lflag = on ? t.c_lflag | ECHO : t.c_lflag & ~ECHO;
  tcsetattr(0, TCSANOW, &t);
}

static void container(void) {
  if (terminal) {
    struct termios t;
    tcgetattr(0, &t);
    if (cooked) t.c_lflag &= ~ECHO;
    else cfmakeraw(&t);
    tcsetattr(0, TCSANOW, &t);
  }
  pid_t self = getpid();
  if (write(answers, &self, sizeof self) != sizeof self) _exit(94);
  for (struct order o; read(orders, &o, sizeof o) == sizeof o;) {
    if (o.orphan) {
      pid_t middle = fork();
      if (!middle) _exit(fork() < 0);
      waitpid(middle, NULL, 0);
    }
    switch (o.kind) {
    case 'o': case 'e': case 'b': speak(&o); break;
    case 't': set_echo(1); answer('t'); hear(&o); set_echo(0); break;
    case 'i': case 'r': hear(&o); break;
    case 'q': _exit(7);
    }
    answer('.');
  }
  _exit(95);
}

// ---- the daemon ---------------------------------------------------------------

static const char *paths[STREAMS];
static int fds[STREAMS];
static int shim, init, number, spool;
static struct order now;
static uint64_t moved, dice;

static unsigned below(unsigned limit) {
  dice = dice * 6364136223846793005ULL + 1442695040888963407ULL;
  return (dice >> 33) % limit;
}

__attribute__((format(printf, 1, 2), noreturn))
static void fault(const char *format, ...) {
  va_list more;
  va_start(more, format);
  printf("round %d ('%c', %u bytes, %u times %u, gap %u, and %u): ", number,
         now.kind, now.before, now.small, now.size, now.gap, now.large);
  vprintf(format, more);
  printf("\n");
  exit(1);
}

// How often a process has run so far, if it sleeps now.
static long slept(int pid) {
  char path[64], line[256], state = '?';
  long switches = 0, count;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "re");
  if (!file) fault("process %d has ended", pid);
  while (fgets(line, sizeof line, file)) {
    sscanf(line, "State: %c", &state);
    char *rest = strstr(line, "voluntary_ctxt_switches:");
    if (rest && sscanf(rest, "%*s %ld", &count) == 1) switches += count;
  }
  fclose(file);
  return state == 'S' ? switches : -1;
}

enum { LOOK_MS = 500, LOOKS = 240 };

// Nobody has anything to do, and bytes have not arrived: that is a stall. How
// slow the machine is makes no difference.
static void wait_for(struct pollfd *set, int count) {
  long before = -1;
  for (int look = 0; look < LOOKS; look++) {
    if (poll(set, count, LOOK_MS) > 0) return;
    long one = slept(shim), other = slept(init);
    long both = one < 0 || other < 0 ? -1 : one + other;
    if (both >= 0 && both == before) fault("stall");
    before = both;
  }
  fault("nothing comes, but somebody is at work all the time");
}

static char told(void) {
  char word;
  struct pollfd one = {answers, POLLIN, 0};
  wait_for(&one, 1);
  if (read(answers, &word, 1) != 1) fault("no answer");
  return word;
}

static void order(void) {
  if (write(orders, &now, sizeof now) != sizeof now) fault("no order");
}

// What is to come on a stream, and what it is made of: an input that comes
// back is that of another stream.
struct due {
  int pattern;
  uint64_t at, end;
  int split; // of a line's end the first half has come
};

static void check(struct due *d, const unsigned char *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (d->at == d->end) fault("more than was written");
    unsigned char c = value(d->pattern, d->at);
    int is_end = cooked && c == '\n';
    if (bytes[i] != (is_end && !d->split ? '\r' : c))
      fault("byte %llu of stream %d is wrong", (unsigned long long)d->at,
            d->pattern);
    if (is_end && !d->split) d->split = 1;
    else d->split = 0, d->at++;
  }
}

static void take(int stream, struct due *d, unsigned most) {
  static unsigned char found[CHUNK];
  ssize_t n = read(fds[stream], found, most);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) fault("stream %d has ended", stream);
  moved += n;
  check(d, found, n);
}

static void open_output(int stream) {
  fds[stream] = open(paths[stream], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fds[stream] < 0) fault("cannot open stream %d", stream);
}

static int unread(int stream) {
  int count = 0;
  ioctl(fds[stream], FIONREAD, &count);
  return count;
}

// Until nothing more goes into a FIFO that nobody reads.
static void let_fill(int stream) {
  for (int before = -1, found; (found = unread(stream)) != before;) {
    before = found;
    usleep(300);
  }
}

// Being late in one way or another; returns how much to read at once.
static unsigned dawdle(const struct order *o) {
  switch (below(8)) {
  case 0: usleep(below(2000)); break;
  case 1: return 500 + below(5000);
  case 2: case 3:
    if (o->kind != 'e') let_fill(OUT);
    if (o->kind == 'e' || o->kind == 'b') let_fill(ERR);
    break;
  case 4:
    if (o->kind == 'e') break;
    close(fds[OUT]);
    usleep(below(1000));
    open_output(OUT);
    break;
  case 5:
    if (spool && below(8) == 0) usleep(60000 + below(40000));
    break;
  }
  return CHUNK;
}

static void finish(struct due due[STREAMS], size_t to_write);

static size_t type_once(size_t count) {
  ssize_t n = write(fds[IN], next(IN, count), count);
  if (n <= 0) return 0;
  at[IN] += n;
  return n;
}

// Writes to stdin as ordered: small ones, a large one. What does not fit is
// written while the answers are read.
static void type(struct due due[STREAMS]) {
  size_t left = total(&now);
  if (now.before) {
    left -= type_once(now.before);
    let_take(fds[IN]);
  }
  if (now.packets) set_packets(fds[IN], 1);
  for (unsigned i = 0; i < now.small; i++) {
    size_t count = type_once(now.size);
    left -= count;
    if (count < now.size) break;
    spin(now.gap);
  }
  if (now.packets) set_packets(fds[IN], 0);
  finish(due, left);
}

static void finish(struct due due[STREAMS], size_t to_write) {
  unsigned most = dawdle(&now);
  for (;;) {
    struct pollfd set[STREAMS] = {{to_write ? fds[IN] : -1, POLLOUT, 0}};
    int open = to_write > 0;
    for (int s = OUT; s < STREAMS; s++) {
      int is_due = due[s].at < due[s].end;
      set[s] = (struct pollfd){is_due ? fds[s] : -1, POLLIN, 0};
      open |= is_due;
    }
    if (!open) break;
    wait_for(set, STREAMS);
    for (int s = OUT; s < STREAMS; s++)
      if (set[s].revents) take(s, &due[s], most);
    if (!set[IN].revents) continue;
    to_write -= type_once(to_write < MOST ? to_write : MOST);
  }
}

static void draw(void) {
  static const char pipes[] = "oooebbiiirr", ttys[] = "oooooiiirrt";
  static const unsigned sizes[] = {1, 10, 100, 1000};
  now = (struct order){.kind = (terminal ? ttys : pipes)[below(11)]};
  now.size = sizes[below(4)];
  now.small = 1 + below(now.size < 1000 ? 100 : 30);
  now.gap = below(2) ? below(16) : 0;
  now.large = below(5) ? 30000 + below(40000) : below(2) ? 0 : below(180000);
  if (now.kind == 'i' || now.kind == 'r') now.late = below(4) ? 0 : below(1500);
  if (!terminal && below(2)) {
    now.before = 50000 + below(13000);
    now.packets = 1;
    now.small = below(40);
    now.size = 1 + below(40);
  }
  if (cooked && strchr("irt", now.kind)) {
    // Whole lines: no other is given to the one who reads.
    now.size = LINE * (1 + now.size / LINE);
    now.large = LINE * (now.large / LINE);
  }
  if (now.kind == 't') {
    if (!cooked) now.kind = 'r';
    else now.size = LINE, now.small = 1 + below(10), now.large = 0;
  }
  now.orphan = below(60) == 0;
}

static void play(void) {
  struct due due[STREAMS] = {{0}};
  draw();
  order();
  for (int s = OUT; s < STREAMS; s++)
    due[s] = (struct due){s, at[s], at[s], 0};
  size_t all = total(&now), small = (size_t)now.small * now.size;
  size_t second = now.small / 2 * (size_t)now.size;
  switch (now.kind) {
  case 'o': due[OUT].end += all; break;
  case 'e': due[ERR].end += all; break;
  case 'b':
    due[OUT].end += now.before + small - second + now.large;
    due[ERR].end += second + now.large;
    break;
  case 't':
    if (told() != 't') fault("a wrong answer");
    // fallthrough
  case 'r': due[OUT] = (struct due){IN, at[IN], at[IN] + all, 0}; break;
  }
  if (strchr("irt", now.kind)) type(due);
  else finish(due, 0);
  // An order is done when its writes are; then there is silence.
  if (told() != '.') fault("a wrong answer");
  for (int s = OUT; s < STREAMS; s++) {
    if (due[s].pattern == s) at[s] = due[s].end;
    if (fds[s] >= 0 && unread(s)) fault("more than was written");
  }
  moved += strchr("irt", now.kind) ? all : 0;
}

// Silence is no work: there comes a while in which the shim does not run.
static void rest(void) {
  for (int look = 0; look < LOOKS; look++) {
    long before = slept(shim);
    usleep(200000);
    if (before >= 0 && slept(shim) == before) return;
  }
  fault("the shim is at work all the time");
}

static int daemon_side(char **argv) {
  for (int s = IN; s < STREAMS; s++) paths[s] = argv[s];
  shim = atoi(argv[3]);
  int rounds = atoi(argv[4]);
  dice = strtoull(argv[5], NULL, 10) * 2654435761u + 1;
  spool = atoi(argv[6]);
  open_output(OUT);
  if (terminal) fds[ERR] = -1;
  else open_output(ERR);
  // Held in both directions it never has to wait for the shim.
  fds[IN] = open(paths[IN], O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct pollfd first = {answers, POLLIN, 0};
  if (poll(&first, 1, 60000) <= 0 ||
      read(answers, &init, sizeof init) != sizeof init)
    fault("no container comes");
  for (number = 1; number <= rounds; number++) {
    play();
    if (number % 1000 == 0 || number == rounds) rest();
  }
  now = (struct order){.kind = 'q'};
  order();
  printf("rounds %d, %llu bytes\n", rounds, (unsigned long long)moved);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  orders = open(argv[2], O_RDWR | O_CLOEXEC);
  answers = open(argv[3], O_RDWR | O_CLOEXEC);
  cooked = !strcmp(argv[4], "cooked");
  terminal = cooked || !strcmp(argv[4], "raw");
  if (orders < 0 || answers < 0) return 3;
  if (!strcmp(argv[1], "container")) container();
  return argc == 12 ? daemon_side(argv + 5) : 2;
}

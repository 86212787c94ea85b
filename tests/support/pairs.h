// What the C helpers share: a clock, whole-file reads, and settings that
// the harness writes as NUL-terminated pairs "key\0value\0key\0value\0".
#ifndef PAIRS_H
#define PAIRS_H
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void sleep_ms(long ms) {
  struct timespec t = {ms / 1000, (ms % 1000) * 1000000L};
  while (nanosleep(&t, &t) && errno == EINTR) {
  }
}

static inline void write_all(int fd, const char *bytes, size_t n) {
  while (n) {
    ssize_t done = write(fd, bytes, n);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return;
    bytes += done;
    n -= done;
  }
}

// The whole file with a NUL behind it, or NULL. The size is optional.
static inline char *slurp(const char *path, size_t *size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  size_t room = 65536, n = 0;
  char *text = malloc(room + 1);
  ssize_t got;
  while ((got = read(fd, text + n, room - n)) > 0) {
    n += got;
    if (n == room) text = realloc(text, (room *= 2) + 1);
  }
  close(fd);
  text[n] = 0;
  if (size) *size = n;
  return text;
}

static char *pairs;
static size_t pairs_size;

static inline void read_pairs(const char *path) {
  pairs = slurp(path, &pairs_size);
  if (!pairs) pairs_size = 0;
}

// The nth (from 0) value of a key, or NULL.
static inline char *nth(const char *key, int n) {
  for (size_t at = 0; at < pairs_size;) {
    char *k = pairs + at, *v = k + strlen(k) + 1;
    if (v >= pairs + pairs_size) return NULL;
    if (!strcmp(k, key) && n-- == 0) return v;
    at = v + strlen(v) + 1 - pairs;
  }
  return NULL;
}

static inline char *value(const char *key) { return nth(key, 0); }

static inline long number(const char *key, long otherwise) {
  char *v = value(key);
  return v ? atol(v) : otherwise;
}

// All values of a key as an argument vector.
static inline char **vector(const char *key) {
  int n = 0;
  while (nth(key, n)) n++;
  char **list = calloc(n + 1, sizeof *list);
  for (int i = 0; i < n; i++) list[i] = nth(key, i);
  return list;
}
#endif

// A container's init that writes in ways that a shell has no words for.
//
// writer alias HOW FILE GATE: prints 16 KiB of dashes and 32 KiB of 'o' by HOW:
// write, sendfile (from FILE) or vmsplice. When something has come through
// GATE, it overwrites where the 'o' came from with 'N', says so by FILE.changed,
// and ends.
//
// writer both COUNT GATE: when something has come through GATE, prints COUNT
// bytes on each of stdout and stderr, on whichever has room.
//
// writer packets COUNT: prints COUNT packets (O_DIRECT in pipe(2)). Each is its
// number and a colon, and then as many 'x' as make it 1 + 733 * number % 4096
// bytes long, if it is not longer already.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DASHES = 16384, BYTES = 32768, PACKET = 4096 };

static void print(const char *bytes, size_t count) {
  for (ssize_t n; count; bytes += n, count -= n)
    if ((n = write(1, bytes, count)) < 0) _exit(97);
}

static void print_file(int file, size_t count) {
  for (ssize_t n; count; count -= n)
    if ((n = sendfile(1, file, NULL, count)) <= 0) _exit(98);
}

static void print_pages(char *pages, size_t count) {
  for (ssize_t n; count; pages += n, count -= n) {
    struct iovec part = {pages, count};
    if ((n = vmsplice(1, &part, 1, 0)) <= 0) _exit(99);
  }
}

static void wait_for(const char *gate) {
  char byte;
  int fd = open(gate, O_RDONLY);
  if (fd < 0 || read(fd, &byte, 1) != 1) _exit(96);
}

static void alias(const char *how, const char *path, const char *gate) {
  char dashes[DASHES], changed[4096];
  memset(dashes, '-', sizeof dashes);
  print(dashes, sizeof dashes);
  // The 'o' are read alone.
  for (int waiting; !ioctl(1, FIONREAD, &waiting) && waiting;) usleep(100);
  int in_memory = strcmp(how, "sendfile") ? MAP_ANONYMOUS : 0;
  int file = in_memory ? -1 : open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (!in_memory && ftruncate(file, BYTES)) _exit(95);
  char *bytes = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
                     MAP_SHARED | in_memory, file, 0);
  if (bytes == MAP_FAILED) _exit(94);
  memset(bytes, 'o', BYTES);
  if (!in_memory) print_file(file, BYTES);
  else if (!strcmp(how, "vmsplice")) print_pages(bytes, BYTES);
  else print(bytes, BYTES);
  wait_for(gate);
  memset(bytes, 'N', BYTES);
  snprintf(changed, sizeof changed, "%s.changed", path);
  close(open(changed, O_WRONLY | O_CREAT, 0600));
}

static void both(long count, const char *gate) {
  static char block[65536];
  long left[2] = {count, count};
  // Its processes, and what they need, are there before anything is printed.
  memset(block, 'x', sizeof block);
  for (int i = 0; i < 2; i++)
    fcntl(1 + i, F_SETFL, fcntl(1 + i, F_GETFL) | O_NONBLOCK);
  wait_for(gate);
  while (left[0] || left[1]) {
    struct pollfd ends[2];
    for (int i = 0; i < 2; i++)
      ends[i] = (struct pollfd){left[i] ? 1 + i : -1, POLLOUT, 0};
    poll(ends, 2, -1);
    for (int i = 0; i < 2; i++) {
      if (!ends[i].revents) continue;
      long most = left[i] < (long)sizeof block ? left[i] : (long)sizeof block;
      ssize_t n = write(1 + i, block, most);
      if (n > 0) left[i] -= n;
    }
  }
}

static void packets(int count) {
  fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_DIRECT);
  for (int number = 0; number < count; number++) {
    char packet[PACKET];
    memset(packet, 'x', sizeof packet);
    char text[16];
    int least = snprintf(text, sizeof text, "%d:", number);
    memcpy(packet, text, least);
    int length = 1 + 733 * number % PACKET;
    print(packet, length < least ? least : length);
  }
}

int main(int argc, char **argv) {
  if (argc > 4 && !strcmp(argv[1], "alias")) alias(argv[2], argv[3], argv[4]);
  else if (argc > 3 && !strcmp(argv[1], "both")) both(atol(argv[2]), argv[3]);
  else if (argc > 2 && !strcmp(argv[1], "packets")) packets(atoi(argv[2]));
  else return 93;
  return 0;
}

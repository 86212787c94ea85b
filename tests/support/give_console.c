/*
 * What a runtime does for `--console-socket SOCKET`: opens a pty, says a word
 * on its slave, and sends the master. With a second argument it sends that
 * file instead.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int fd = open(argc > 2 ? argv[2] : "/dev/ptmx", O_RDWR | O_NOCTTY);
  if (fd < 0) return 3;
  if (argc == 2) {
    if (grantpt(fd) != 0 || unlockpt(fd) != 0) return 4;
    int slave = open(ptsname(fd), O_RDWR | O_NOCTTY);
    if (write(slave, "word", 4) != 4) return 5;
  }

  int connection = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0)
    return 6;

  union { struct cmsghdr header; char room[CMSG_SPACE(sizeof fd)]; } control;
  struct iovec data = { .iov_base = "console", .iov_len = 7 };
  struct msghdr message = {
    .msg_iov = &data, .msg_iovlen = 1,
    .msg_control = &control, .msg_controllen = sizeof control.room,
  };
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  return sendmsg(connection, &message, 0) == 7 ? 0 : 7;
}

// Preloaded into a program: writes each environment variable that it looks up
// to the file that SPY_LOG names. Compiled with -shared.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static char *look_up(const char *name) {
  size_t length = strlen(name);
  for (char **entry = environ; entry && *entry; entry++)
    if (!strncmp(*entry, name, length) && (*entry)[length] == '=')
      return *entry + length + 1;
  return NULL;
}

static char *spy(const char *name) {
  char *log = look_up("SPY_LOG");
  int fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  if (fd >= 0) {
    char line[256];
    size_t length = strlen(name);
    if (length > sizeof line - 1) length = sizeof line - 1;
    memcpy(line, name, length);
    line[length] = '\n';
    ssize_t written = write(fd, line, length + 1);
    (void)written;
    close(fd);
  }
  return look_up(name);
}

char *getenv(const char *name) { return spy(name); }
char *secure_getenv(const char *name) { return spy(name); }

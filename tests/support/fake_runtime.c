// A stand-in for an OCI runtime that does as it is told and tells how it was
// called. Beside its executable lie
//   config     what to do (pairs.h; the keys are written by behaviour.ts)
//   calls/     one NNN.json for each call, NNN.end when it ended
//   initpid    the pid of the init that it started
// It is linked statically and opens nothing before it has looked at the
// descriptors it was given: fds 0 to 2 may well be closed.
#define _GNU_SOURCE
#include "pairs.h"
#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static char home[PATH_MAX]; // the directory of the executable
static int serial;          // the number of this call
static FILE *out;           // its record

static const char *at_home(const char *name) {
  static char path[2 * PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", home, name);
  return path;
}

// ---- settings --------------------------------------------------------------

static char *of(const char *command, const char *key) {
  char full[128];
  snprintf(full, sizeof full, "%s.%s", command, key);
  return value(full);
}

static long number_of(const char *command, const char *key, long otherwise) {
  char *v = of(command, key);
  return v ? atol(v) : otherwise;
}

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

// ---- the record ------------------------------------------------------------

// Bytes from 0x7f up become \u00XX: the reader sees Latin-1, nothing is lost.
static void string(const char *s) {
  fputc('"', out);
  for (; s && *s; s++) {
    unsigned char c = *s;
    if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
    else if (c < 0x20 || c >= 0x7f) fprintf(out, "\\u%04x", c);
    else fputc(c, out);
  }
  fputc('"', out);
}

static void strings(const char *key, char **list) {
  fprintf(out, ",\"%s\":[", key);
  for (int i = 0; list[i]; i++) {
    if (i) fputc(',', out);
    string(list[i]);
  }
  fputc(']', out);
}

static void text_or_null(const char *key, const char *text) {
  fprintf(out, ",\"%s\":", key);
  if (text) string(text);
  else fputs("null", out);
}

#define FDS 4096
static int own_flags[FDS]; // those of F_GETFL, -1 for what is not open

static void look_at_own_fds(void) {
  for (int fd = 0; fd < FDS; fd++) own_flags[fd] = fcntl(fd, F_GETFL);
}

static void descriptor(int pid, int fd, int flags, int first) {
  char path[64], link[PATH_MAX];
  struct stat st;
  snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  ssize_t n = readlink(path, link, sizeof link - 1);
  link[n > 0 ? n : 0] = 0;
  memset(&st, 0, sizeof st);
  stat(path, &st);
  fprintf(out, "%s{\"fd\":%d,\"link\":", first ? "" : ",", fd);
  string(link);
  fprintf(out, ",\"flags\":\"0%o\",\"mode\":\"0%o\",\"uid\":%d,\"gid\":%d}",
          flags, st.st_mode, st.st_uid, st.st_gid);
}

static void own_fds(void) {
  int first = 1;
  fputs(",\"fds\":[", out);
  for (int fd = 0; fd < FDS; fd++) {
    if (own_flags[fd] < 0) continue;
    descriptor(getpid(), fd, own_flags[fd], first);
    first = 0;
  }
  fputc(']', out);
}

static int by_number(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}

static void fds_of_parent(void) {
  int pid = getppid(), list[FDS], n = 0, first = 1;
  char path[64];
  fputs(",\"shimFds\":[", out);
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *dir = opendir(path);
  struct dirent *e;
  while (dir && (e = readdir(dir)))
    if (e->d_name[0] != '.' && n < FDS) list[n++] = atoi(e->d_name);
  if (dir) closedir(dir);
  qsort(list, n, sizeof *list, by_number);
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, list[i]);
    char *info = slurp(path, NULL), *at = info ? strstr(info, "flags:") : NULL;
    int flags = at ? strtol(at + 6, NULL, 8) : 0;
    free(info);
    descriptor(pid, list[i], flags & ~O_CLOEXEC, first);
    first = 0;
  }
  fputc(']', out);
}

static void process_status(void) {
  static const char *wanted[] = {"SigPnd", "SigBlk", "SigIgn",     "SigCgt",
                                 "ShdPnd", "Umask",  "NoNewPrivs", "Seccomp:",
                                 NULL};
  int first = 1;
  fputs(",\"status\":{", out);
  char *text = slurp("/proc/self/status", NULL);
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
    for (int i = 0; wanted[i]; i++) {
      if (strncmp(line, wanted[i], strlen(wanted[i]))) continue;
      char *v = strchr(line, ':');
      *v++ = 0;
      while (*v == '\t' || *v == ' ') v++;
      if (!first) fputc(',', out);
      first = 0;
      string(line);
      fputc(':', out);
      string(v);
      break;
    }
  fputc('}', out);
}

static void limits(void) {
  fputs(",\"limits\":[", out);
  for (int i = 0; i < 16; i++) {
    struct rlimit r;
    getrlimit(i, &r);
    fprintf(out, "%s[%lld,%lld]", i ? "," : "", (long long)r.rlim_cur,
            (long long)r.rlim_max);
  }
  fputc(']', out);
}

// What the state directory and the init look like at this instant.
static void surroundings(void) {
  char path[PATH_MAX], *state = value("statedir");
  if (state) {
    snprintf(path, sizeof path, "%s/exitStatus", state);
    text_or_null("exitStatus", slurp(path, NULL));
  }
  char *init = slurp(at_home("initpid"), NULL), one[2] = "-";
  if (init) {
    snprintf(path, sizeof path, "/proc/%d/stat", atoi(init));
    char *stat = slurp(path, NULL), *end = stat ? strrchr(stat, ')') : NULL;
    if (end) one[0] = end[2];
  }
  text_or_null("initState", init ? one : NULL);
}

static void console_owner(char **argv) {
  const char *console = option(argv, "--console");
  const char *path = option(argv, "--console-socket");
  struct stat st, parent;
  char dir[PATH_MAX];
  if (console && *console && !stat(console, &st))
    fprintf(out, ",\"slave\":{\"mode\":\"0%o\",\"uid\":%d,\"gid\":%d}",
            st.st_mode, st.st_uid, st.st_gid);
  if (!path || !strchr(path, '/')) return;
  snprintf(dir, sizeof dir, "%s", path);
  *strrchr(dir, '/') = 0;
  if (!stat(path, &st) && !stat(dir, &parent))
    fprintf(out,
            ",\"socket\":{\"sock_mode\":\"0%o\",\"dir_mode\":\"0%o\","
            "\"uid\":%d,\"gid\":%d}",
            st.st_mode, parent.st_mode, st.st_uid, st.st_gid);
}

static void claim_serial(char *tmp, size_t size) {
  char done[64], name[64];
  for (serial = 0; serial < 1000; serial++) {
    snprintf(done, sizeof done, "calls/%03d.json", serial);
    if (!access(at_home(done), F_OK)) continue;
    snprintf(name, sizeof name, "calls/%03d.tmp", serial);
    snprintf(tmp, size, "%s", at_home(name));
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) break;
    // Away from 0, 1 and 2, where an init would take it for its stdio.
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    out = fdopen(high, "w");
    return;
  }
  _exit(99);
}

static void record(const char *command, char **argv, char **envp,
                   long long began) {
  char tmp[2 * PATH_MAX], done[64], cwd[PATH_MAX];
  int death_signal = 0, subreaper = 0, parent = getppid();
  prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0);
  prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0);
  ssize_t n = readlink("/proc/self/cwd", cwd, sizeof cwd - 1);
  cwd[n > 0 ? n : 0] = 0;

  claim_serial(tmp, sizeof tmp);
  fprintf(out, "{\"t\":%lld,\"cmd\":", began);
  string(command);
  strings("argv", argv);
  text_or_null("execfn", (char *)getauxval(AT_EXECFN));
  text_or_null("cwd", cwd);
  strings("env", envp);
  fprintf(out,
          ",\"pid\":%d,\"ppid\":%d,\"pgid\":%d,\"sid\":%d,\"shimPgid\":%d,"
          "\"shimSid\":%d,\"pdeathsig\":%d,\"subreaper\":%d",
          getpid(), parent, getpgrp(), getsid(0), getpgid(parent),
          getsid(parent), death_signal, subreaper);
  own_fds();
  fds_of_parent();
  process_status();
  limits();
  text_or_null("oomScoreAdj", slurp("/proc/self/oom_score_adj", NULL));
  fprintf(out, ",\"nice\":%d,\"sched\":%d", getpriority(PRIO_PROCESS, 0),
          sched_getscheduler(0));
  surroundings();
  console_owner(argv);
  fputs("}\n", out);
  fclose(out);
  snprintf(done, sizeof done, "calls/%03d.json", serial);
  rename(tmp, at_home(done));
}

static void put_file(const char *name, const char *text) {
  char tmp[2 * PATH_MAX + 8];
  snprintf(tmp, sizeof tmp, "%s.tmp", at_home(name));
  int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return;
  write_all(fd, text, strlen(text));
  close(fd);
  rename(tmp, at_home(name));
}

static void leave(int status) {
  char name[64], text[32];
  snprintf(name, sizeof name, "calls/%03d.end", serial);
  snprintf(text, sizeof text, "%lld", now_ns());
  put_file(name, text);
  _exit(status);
}

// ---- a flag that this generation of runtimes does not know -----------------

static const char *unknown_flag(char **argv) {
  char *flags = value("flags");
  if (!flags) return NULL;
  if (!strcmp(flags, "legacy") && has(argv, "--console-socket"))
    return "console-socket";
  if (!strcmp(flags, "modern") && has(argv, "--console")) return "console";
  return NULL;
}

// What runc and its command line package (urfave/cli v1) do then.
static void refuse(const char *flag, const char *command, char **argv) {
  char text[256], line[512], when[64];
  snprintf(text, sizeof text, "flag provided but not defined: -%s", flag);
  printf("Incorrect Usage: %s\n\n"
         "NAME:\n   runc %s - %s a container\n\n"
         "USAGE:\n   runc %s [command options] <container-id>\n\n"
         "OPTIONS:\n"
         "   --bundle value, -b value  path to the root of the bundle directory\n"
         "   --pid-file value          specify the file to write the process id to\n"
         "\n",
         text, command, command, command);
  fflush(stdout);
  const char *log = option(argv, "--log");
  if (log) {
    time_t t = time(NULL);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
    int n = snprintf(line, sizeof line,
                     "{\"level\":\"error\",\"msg\":\"%s\",\"time\":\"%s\"}\n",
                     text, when);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd >= 0) write_all(fd, line, n);
    if (fd >= 0) close(fd);
  }
  dprintf(2, "%s\n", text);
  leave(1);
}

// ---- the console -----------------------------------------------------------

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  return s < 0 || connect(s, (void *)&address, sizeof address) ? -1 : s;
}

static void send_fds(int s, const char *name, size_t length, int *fds, int n) {
  struct iovec data = {(void *)name, length};
  char control[CMSG_SPACE(2 * sizeof(int))] = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
  if (n) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(n * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(n * sizeof(int));
    memcpy(CMSG_DATA(header), fds, n * sizeof(int));
  }
  sendmsg(s, &message, MSG_NOSIGNAL);
}

static int new_pty(char *slave, size_t size) {
  int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return -1;
  int unlock = 0, index;
  ioctl(master, TIOCSPTLCK, &unlock);
  ioctl(master, TIOCGPTN, &index);
  snprintf(slave, size, "/dev/pts/%d", index);
  return master;
}

// Hands a console over in the way that `mode` asks for. Returns the master,
// which must stay open until the init holds the slave, and names the slave.
static int hand_over(const char *path, const char *mode, char *slave,
                     size_t size) {
  static const char name[] = "/dev/ptmx";
  int master = -1;
  if (!strcmp(mode, "none")) return -1;
  int s = connect_to(path);
  if (!strcmp(mode, "nottyfd")) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    send_fds(s, name, 9, &null, 1);
  } else if (!strcmp(mode, "noscm")) {
    send_fds(s, name, 9, NULL, 0);
  } else if (strcmp(mode, "nosend")) {
    master = new_pty(slave, size);
    int two[2] = {master, master};
    if (!strcmp(mode, "twofds")) send_fds(s, name, 9, two, 2);
    else if (!strcmp(mode, "emptyname")) send_fds(s, "", 0, two, 1);
    else if (!strcmp(mode, "longname")) {
      char *a = malloc(5000);
      memset(a, 'a', 5000);
      send_fds(s, a, 5000, two, 1);
    } else {
      if (!strcmp(mode, "twoconn")) {
        close(s);
        s = connect_to(path);
      }
      send_fds(s, name, 9, two, 1);
    }
  }
  if (s >= 0) close(s);
  return master;
}

// ---- the container ---------------------------------------------------------

static void become_init(char **init, const char *slave, int to_null) {
  setsid();
  if (*slave || to_null) {
    int fd = open(*slave ? slave : "/dev/null", O_RDWR);
    if (*slave) ioctl(fd, TIOCSCTTY, 0);
    for (int i = 0; i < 3; i++) dup2(fd, i);
    if (fd > 2) close(fd);
  }
  execvp(init[0], init);
  _exit(127);
}

// Forks twice, as a runtime does: the init is an orphan from its birth and
// falls to the next subreaper above. In the foreground it is a plain child.
static pid_t start_init(const char *slave, int to_null, int foreground) {
  char **init = vector("init.arg");
  if (!init[0]) return 0;
  if (foreground) {
    pid_t pid = fork();
    if (pid == 0) become_init(init, slave, to_null);
    return pid;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) _exit(98);
  for (int i = 0; i < 2; i++) {
    int high = fcntl(ends[i], F_DUPFD_CLOEXEC, 10);
    close(ends[i]);
    ends[i] = high;
  }
  pid_t middle = fork();
  if (middle == 0) {
    pid_t pid = fork();
    if (pid == 0) become_init(init, slave, to_null);
    write_all(ends[1], (char *)&pid, sizeof pid);
    _exit(0);
  }
  pid_t pid = -1;
  close(ends[1]);
  if (read(ends[0], &pid, sizeof pid) != sizeof pid) pid = -1;
  close(ends[0]);
  waitpid(middle, NULL, 0);
  return pid;
}

static void write_pid_file(const char *path, const char *command, pid_t pid) {
  char text[256], *literal = of(command, "pidFile.literal"),
                  *format = of(command, "pidFile.format");
  if (of(command, "pidFile.none")) return;
  if (literal) snprintf(text, sizeof text, "%s", literal);
  else snprintf(text, sizeof text, format ? format : "%d", pid);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return;
  write_all(fd, text, strlen(text));
  close(fd);
}

static void start_container(const char *command, char **argv) {
  const char *console = option(argv, "--console");
  const char *path = option(argv, "--console-socket");
  const char *pid_file = option(argv, "--pid-file");
  char *mode = value("console.mode"), slave[64] = "", text[32];
  int master = -1, to_null = 0;
  if (console) snprintf(slave, sizeof slave, "%s", console);
  if (path) {
    sleep_ms(number("console.delayMs", 0));
    master = hand_over(path, mode ? mode : "normal", slave, sizeof slave);
    to_null = master < 0;
  } else if (mode) to_null = !*slave;

  int foreground = number_of(command, "foreground", 0) && !has(argv, "-d");
  pid_t pid = start_init(slave, to_null, foreground);
  if (master >= 0) close(master);
  snprintf(text, sizeof text, "%d", pid);
  put_file("initpid", text);
  if (pid_file) write_pid_file(pid_file, command, pid);
  if (!foreground) return;
  int status = 0;
  waitpid(pid, &status, 0);
  leave(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

// The init's session stands for its cgroup.
static void kill_container(void) {
  char *text = slurp(at_home("initpid"), NULL);
  pid_t init = text ? atoi(text) : 0;
  if (init <= 1 || value("kill.mode")) return;
  DIR *dir = opendir("/proc");
  struct dirent *e;
  while ((e = readdir(dir))) {
    pid_t pid = atoi(e->d_name);
    if (pid > 1 && pid != getpid() && getsid(pid) == init) kill(pid, SIGKILL);
  }
  closedir(dir);
}

int main(int argc, char **argv, char **envp) {
  long long began = now_ns();
  (void)argc;
  look_at_own_fds();
  ssize_t n = readlink("/proc/self/exe", home, sizeof home - 1);
  home[n > 0 ? n : 0] = 0;
  if (strrchr(home, '/')) *strrchr(home, '/') = 0;
  read_pairs(at_home("config"));

  static const char *known[] = {"create", "exec",   "restore",
                                "kill",   "delete", "start", NULL};
  const char *name = "?";
  for (int i = 1; argv[i] && *name == '?'; i++)
    for (int k = 0; known[k]; k++)
      if (!strcmp(argv[i], known[k])) name = known[k];
  // The oldest shims call `start -d --pid-file` for create.
  const char *command =
      !strcmp(name, "start") && has(argv, "--pid-file") ? "create" : name;

  record(name, argv, envp, began);
  const char *flag = unknown_flag(argv);
  if (flag) refuse(flag, name, argv);

  char *text;
  if ((text = of(command, "stdout"))) write_all(1, text, strlen(text));
  if ((text = of(command, "stderr"))) write_all(2, text, strlen(text));
  sleep_ms(number_of(command, "delayMs", 0));
  if ((text = of(command, "failBefore"))) leave(atoi(text));
  if ((text = of(command, "killSelf"))) {
    kill(getpid(), atoi(text));
    pause();
  }
  if (!strcmp(command, "create") || !strcmp(command, "exec") ||
      !strcmp(command, "restore")) {
    start_container(command, argv);
  } else if (!strcmp(command, "kill")) {
    kill_container();
  }
  sleep_ms(number_of(command, "afterMs", 0));
  leave(number_of(command, "exit", 0));
}

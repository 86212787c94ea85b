/**
 * The system calls that playing a daemon needs and Deno does not have.
 *
 * This is the tests' own table: the harness must not depend on the code that
 * it examines. Numbers are those of Linux on x86_64 and aarch64.
 */
import { constants } from "node:os";

const libc = Deno.dlopen("libc.so.6", {
  // int open(const char *path, int flags);
  open: { parameters: ["buffer", "i32"], result: "i32" },
  // int close(int fd);
  close: { parameters: ["i32"], result: "i32" },
  // ssize_t read(int fd, void *buf, size_t count);
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  // ssize_t write(int fd, const void *buf, size_t count);
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  // int poll(struct pollfd *fds, nfds_t nfds, int timeout);
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32" },
  pollOnPoolThread: {
    name: "poll",
    parameters: ["buffer", "usize", "i32"],
    result: "i32",
    nonblocking: true,
  },
  // int mkfifo(const char *path, mode_t mode);
  mkfifo: { parameters: ["buffer", "u32"], result: "i32" },
  // int ioctl(int fd, unsigned long op, void *argp);
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" },
  // int eventfd(unsigned int initval, int flags);
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  // int inotify_init1(int flags);
  inotify_init1: { parameters: ["i32"], result: "i32" },
  // int inotify_add_watch(int fd, const char *path, uint32_t mask);
  inotify_add_watch: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int kill(pid_t pid, int sig);
  kill: { parameters: ["i32", "i32"], result: "i32" },
  // int clock_gettime(clockid_t clockid, struct timespec *tp);
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  // int *__errno_location(void);
  __errno_location: { parameters: [], result: "pointer" },
});

const encoder = new TextEncoder();

const names = new Map(
  Object.entries(constants.errno).map(([name, errno]) => [errno, name]),
);

/** A failed call; `code` is the errno's name, or its number as text. */
export class PosixError extends Error {
  readonly code: string;
  constructor(call: string, detail: string, errno: number) {
    const code = names.get(errno) ?? String(errno);
    super(`${call}(${detail}) failed: ${code}`);
    this.name = "PosixError";
    this.code = code;
  }
}

// One location for life: the synchronous calls all run on this thread.
const errnoView = new Deno.UnsafePointerView(
  libc.symbols.__errno_location() as Deno.PointerObject,
);

function check(result: number, call: string, detail: string | number): number {
  if (result < 0) {
    throw new PosixError(call, String(detail), errnoView.getInt32());
  }
  return result;
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text + "\0");
}

/** Flags of open(2). All descriptors opened here are close-on-exec. */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  NONBLOCK: 0o4000,
  CLOEXEC: 0o2000000,
} as const;

/** Event bits of poll(2). */
export const POLL = { IN: 1, OUT: 4, HUP: 16 } as const;

/** Opens `path`; the descriptor is close-on-exec. */
export function open(path: string, flags: number): number {
  const fd = libc.symbols.open(cString(path), flags | O.CLOEXEC);
  return check(fd, "open", path);
}

export function close(fd: number): void {
  libc.symbols.close(fd);
}

/** Bytes read, 0 at end of file, "EAGAIN" when there is nothing yet. */
export function read(
  fd: number,
  buffer: Uint8Array<ArrayBuffer>,
): number | "EAGAIN" {
  const n = libc.symbols.read(fd, buffer, BigInt(buffer.length));
  if (n >= 0) return n;
  const errno = errnoView.getInt32();
  if (errno === 11 || errno === 4) return "EAGAIN";
  throw new PosixError("read", String(fd), errno);
}

/** Bytes written, or "EAGAIN" when the pipe is full, or "EPIPE". */
export function write(
  fd: number,
  bytes: Uint8Array<ArrayBuffer>,
): number | "EAGAIN" | "EPIPE" {
  const n = libc.symbols.write(fd, bytes, BigInt(bytes.length));
  if (n >= 0) return n;
  const errno = errnoView.getInt32();
  if (errno === 11 || errno === 4) return "EAGAIN";
  if (errno === 32) return "EPIPE";
  throw new PosixError("write", String(fd), errno);
}

/** Creates a FIFO with exactly this mode, whatever the umask is. */
export function mkfifo(path: string, mode: number): void {
  check(libc.symbols.mkfifo(cString(path), mode), "mkfifo", path);
  Deno.chmodSync(path, mode);
}

/** Bytes that wait unread in a pipe, FIFO or terminal (FIONREAD). */
export function bytesWaiting(fd: number): number {
  const value = new Int32Array(1);
  check(libc.symbols.ioctl(fd, 0x541bn, value), "ioctl FIONREAD", fd);
  return value[0];
}

/** A nonblocking eventfd: poll(2) returns when `wake` was called on it. */
export function eventFd(): number {
  return check(libc.symbols.eventfd(0, O.NONBLOCK | O.CLOEXEC), "eventfd", "");
}

export function wake(fd: number): void {
  libc.symbols.write(fd, new BigUint64Array([1n]), 8n);
}

/** Sends a signal by number; a negative pid names a process group. */
export function kill(pid: number, signal: number): void {
  check(libc.symbols.kill(pid, signal), "kill", `${pid}, ${signal}`);
}

/** Milliseconds of CLOCK_MONOTONIC, the clock the C helpers use too. */
export function monotonicMs(): number {
  const t = new BigInt64Array(2);
  libc.symbols.clock_gettime(1, t);
  return Number(t[0]) * 1000 + Number(t[1]) / 1e6;
}

/** Waits on a pool thread; `set` holds `struct pollfd`s and is filled in. */
export function pollAsync(set: PollSet, timeoutMs: number): Promise<number> {
  return libc.symbols.pollOnPoolThread(set.raw, BigInt(set.size), timeoutMs);
}

/** Looks at once, on this thread. */
export function pollNow(set: PollSet): number {
  return libc.symbols.poll(set.raw, BigInt(set.size), 0);
}

/** An array of `struct pollfd { int fd; short events; short revents; }`. */
export class PollSet {
  readonly raw: Uint8Array<ArrayBuffer>;
  readonly size: number;
  readonly #view: DataView;

  constructor(wanted: readonly { fd: number; events: number }[]) {
    this.size = wanted.length;
    this.raw = new Uint8Array(8 * Math.max(1, wanted.length));
    this.#view = new DataView(this.raw.buffer);
    wanted.forEach(({ fd, events }, i) => {
      this.#view.setInt32(8 * i, fd, true);
      this.#view.setInt16(8 * i + 4, events, true);
    });
  }

  revents(index: number): number {
    return this.#view.getInt16(8 * index + 6, true);
  }
}

/** Event bits of inotify(7). */
export const IN = {
  MODIFY: 0x2,
  CLOSE_WRITE: 0x8,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
} as const;

export function inotify(): number {
  return check(
    libc.symbols.inotify_init1(O.NONBLOCK | O.CLOEXEC),
    "inotify_init1",
    "",
  );
}

export function watch(fd: number, path: string, mask: number): void {
  check(
    libc.symbols.inotify_add_watch(fd, cString(path), mask),
    "inotify_add_watch",
    path,
  );
}

export interface InotifyEvent {
  mask: number;
  name: string;
}

/** All events that wait, in the order in which they happened. */
export function inotifyEvents(fd: number): InotifyEvent[] {
  const buffer = new Uint8Array(65536);
  const events: InotifyEvent[] = [];
  for (;;) {
    const n = read(fd, buffer);
    if (n === "EAGAIN" || n === 0) return events;
    const view = new DataView(buffer.buffer, 0, n);
    for (let at = 0; at < n;) {
      // struct inotify_event { int wd; u32 mask, cookie, len; char name[]; }
      const length = view.getUint32(at + 12, true);
      const bytes = buffer.subarray(at + 16, at + 16 + length);
      const end = bytes.indexOf(0);
      events.push({
        mask: view.getUint32(at + 4, true),
        name: new TextDecoder().decode(end < 0 ? bytes : bytes.slice(0, end)),
      });
      at += 16 + length;
    }
  }
}

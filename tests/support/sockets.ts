import { runC } from "./c_source.ts";

/**
 * The other end of a unix socket: what a runtime does to hand over a
 * terminal. A table of its own, apart from the code under test.
 */
const libc = Deno.dlopen("libc.so.6", {
  // int socket(int domain, int type, int protocol);
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int connect(int fd, const struct sockaddr *addr, socklen_t len);
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int socketpair(int domain, int type, int protocol, int sv[2]);
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  // ssize_t sendmsg(int fd, const struct msghdr *msg, int flags);
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "isize" },
});

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = 0x4000;

function check(result: number | bigint, call: string): number {
  if (Number(result) < 0) throw new Error(`${call} failed`);
  return Number(result);
}

/** Connects to a listening stream socket; returns the raw descriptor. */
export function connect(path: string): number {
  const fd = check(
    libc.symbols.socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0),
    "socket",
  );
  // struct sockaddr_un { sa_family_t family; char path[108]; }
  const address = new Uint8Array(110);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  new TextEncoder().encodeInto(path, address.subarray(2));
  check(libc.symbols.connect(fd, address, address.length), `connect ${path}`);
  return fd;
}

/** Two connected stream sockets. */
export function socketPair(): [number, number] {
  const pair = new Int32Array(2);
  check(
    libc.symbols.socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, pair),
    "socketpair",
  );
  return [pair[0], pair[1]];
}

/** Sends bytes, and with them descriptors if there are any (unix(7)). */
export function send(
  socket: number,
  data: Uint8Array<ArrayBuffer>,
  fds: readonly number[] = [],
): void {
  const length = 16 + 4 * fds.length;
  const control = new Uint8Array((length + 7) & ~7);
  const header = new DataView(control.buffer);
  header.setBigUint64(0, BigInt(length), true);
  header.setInt32(8, SOL_SOCKET, true);
  header.setInt32(12, SCM_RIGHTS, true);
  fds.forEach((fd, index) => header.setInt32(16 + 4 * index, fd, true));
  const vector = new BigUint64Array([addressOf(data), BigInt(data.length)]);
  // struct msghdr { name, namelen, iov, iovlen, control, controllen, flags }
  const message = new BigUint64Array([
    0n,
    0n,
    addressOf(vector),
    1n,
    fds.length > 0 ? addressOf(control) : 0n,
    fds.length > 0 ? BigInt(control.length) : 0n,
    0n,
  ]);
  const bytes = new Uint8Array(message.buffer);
  check(libc.symbols.sendmsg(socket, bytes, MSG_NOSIGNAL), "sendmsg");
}

function addressOf(buffer: BufferSource): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer));
}

/** Connects as a user, who is given access to the path, and leaves. */
export function connectAs(uid: number, path: string): void {
  const parts = path.split("/");
  for (let end = 3; end < parts.length; end++) {
    Deno.chmodSync(parts.slice(0, end).join("/"), 0o755);
  }
  Deno.chmodSync(path, 0o777);
  runC(`
    #include <string.h>
    #include <sys/socket.h>
    #include <sys/un.h>
    #include <unistd.h>
    int main(void) {
      struct sockaddr_un address = { .sun_family = AF_UNIX };
      strcpy(address.sun_path, "${path}");
      int fd = socket(AF_UNIX, SOCK_STREAM, 0);
      return setuid(${uid}) != 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
    }
  `);
}

import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  SCM_RIGHTS,
  SO_PEERCRED,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./constants.ts";
import { check, errno, errnoOf, SystemError } from "./errno.ts";
import { Fd } from "./fd.ts";
import { cmsghdr, iovec, msghdr, sockaddrUn, ucred } from "./layout.ts";
import { libc } from "./libc.ts";
import { addressOfBuffer, fixedMemory } from "./memory.ts";
import { textToBytes } from "./text.ts";

/** The longest path that fits `sun_path` with its NUL, in bytes. */
export const SOCKET_PATH_MAX = 107;

/**
 * A listening unix stream socket, nonblocking.
 *
 * @throws {RangeError} when the path is too long for a socket address
 * @throws {SystemError}
 */
export function listen(path: string): Fd {
  const name = textToBytes(path);
  if (name.length > SOCKET_PATH_MAX) {
    throw new RangeError(
      `The path "${path}" has ${name.length} bytes; ` +
        `a unix socket takes at most ${SOCKET_PATH_MAX}`,
    );
  }
  const address = new Uint8Array(sockaddrUn.size);
  new DataView(address.buffer).setUint16(sockaddrUn.family, AF_UNIX, true);
  address.set(name, sockaddrUn.path);

  const socket = new Fd(
    check(
      libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
      "socket",
      "create a unix socket",
    ),
  );
  try {
    check(
      libc.bind(socket.raw, address, address.length),
      "bind",
      `bind socket "${path}"`,
    );
    check(libc.listen(socket.raw, 4), "listen", `listen on socket "${path}"`);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Nobody there any more, or the kernel is out of memory for a moment. */
const TRY_AGAIN: ReadonlySet<number> = new Set(
  (["EAGAIN", "EINTR", "ECONNABORTED", "ENOMEM", "ENOBUFS"] as const)
    .map(errnoOf),
);

/**
 * Accepts a waiting connection; undefined when there is none.
 *
 * @throws {SystemError}
 */
export function accept(socket: Fd): Fd | undefined {
  const raw = libc.accept4(
    socket.raw,
    null,
    null,
    SOCK_CLOEXEC | SOCK_NONBLOCK,
  );
  if (raw !== -1) return new Fd(raw);
  const code = errno();
  if (TRY_AGAIN.has(code)) return undefined;
  throw new SystemError(code, "accept4", "accept the console connection");
}

/**
 * The user that connected (SO_PEERCRED in unix(7)).
 *
 * @throws {SystemError}
 */
export function peerUid(connection: Fd): number {
  const credentials = new Uint8Array(ucred.size);
  const length = new Uint32Array([ucred.size]);
  check(
    libc.getsockopt(
      connection.raw,
      SOL_SOCKET,
      SO_PEERCRED,
      credentials,
      length,
    ),
    "getsockopt",
    "ask who connected to the console socket",
  );
  return new DataView(credentials.buffer).getUint32(ucred.uid, true);
}

/** One message: how much data it had, and the descriptors that came along. */
export interface Received {
  bytes: number;
  fds: Fd[];
  /** The kernel could not hand over all the descriptors that were sent. */
  truncated: boolean;
}

/** Keeps buffers alive whose addresses only the kernel knows. */
const inUse: ArrayBufferView[] = [];

/** Room for the data of a message in bytes; one that fills it is too long. */
export const MESSAGE_MAX = 4096;

/** The kernel passes at most this many in one message (SCM_MAX_FD). */
const FDS_MAX = 253;

/**
 * Receives one message with its SCM_RIGHTS descriptors, all close-on-exec.
 * The caller owns every one of them.
 *
 * @returns undefined when nothing has arrived yet
 * @throws {SystemError}
 */
export function receiveFds(connection: Fd): Received | undefined {
  const data = new Uint8Array(MESSAGE_MAX);
  const control = new Uint8Array(cmsghdr.size + FDS_MAX * 4 + 4);
  const vector = new BigUint64Array(fixedMemory(iovec.size));
  vector[0] = addressOfBuffer(data);
  vector[1] = BigInt(data.length);
  const message = new Uint8Array(msghdr.size);
  const view = new DataView(message.buffer);
  view.setBigUint64(msghdr.iov, addressOfBuffer(vector), true);
  view.setBigUint64(
    msghdr.iovlen,
    BigInt(vector.byteLength / iovec.size),
    true,
  );
  view.setBigUint64(msghdr.control, addressOfBuffer(control), true);
  view.setBigUint64(msghdr.controllen, BigInt(control.length), true);

  // The message holds only the addresses of these.
  inUse.push(data, control, vector);
  const bytes = libc.recvmsg(connection.raw, message, MSG_CMSG_CLOEXEC);
  const code = bytes === -1 ? errno() : 0;
  inUse.length = 0;
  if (bytes === -1) {
    if (code === errnoOf("EAGAIN") || code === errnoOf("EINTR")) {
      return undefined;
    }
    throw new SystemError(code, "recvmsg", "receive the console");
  }
  const length = Number(view.getBigUint64(msghdr.controllen, true));
  return {
    bytes,
    fds: passedFds(new DataView(control.buffer, 0, length)),
    truncated: (view.getUint32(msghdr.flags, true) & MSG_CTRUNC) !== 0,
  };
}

/** Walks the control messages as CMSG_NXTHDR does (cmsg(3)). */
function passedFds(control: DataView): Fd[] {
  const fds: Fd[] = [];
  let offset = 0;
  while (offset + cmsghdr.size <= control.byteLength) {
    const length = Number(
      control.getBigUint64(offset + cmsghdr.length, true),
    );
    if (length < cmsghdr.size) break;
    if (
      control.getInt32(offset + cmsghdr.level, true) === SOL_SOCKET &&
      control.getInt32(offset + cmsghdr.type, true) === SCM_RIGHTS
    ) {
      for (let at = cmsghdr.size; at + 4 <= length; at += 4) {
        fds.push(new Fd(control.getInt32(offset + at, true)));
      }
    }
    offset += (length + 7) & ~7;
  }
  return fds;
}

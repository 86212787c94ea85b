import { Buffer } from "node:buffer";
import { F_GETFL, F_GETPIPE_SZ, F_SETFL } from "../../ffi/constants.ts";
import { type Fd, pipe, setNonblocking } from "../../ffi/fd.ts";
import { termios } from "../../ffi/layout.ts";
import { libc } from "../../ffi/libc.ts";
import { openPty } from "../../ffi/pty.ts";
import { read, write } from "../../ffi/transfer.ts";

export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const bytes = (words: string) => new TextEncoder().encode(words);

/** A pipe whose ends are both nonblocking. */
export function nonblockingPipe(
  owned: DisposableStack,
): { readEnd: Fd; writeEnd: Fd } {
  const ends = pipe("test");
  for (const end of [ends.readEnd, ends.writeEnd]) {
    setNonblocking(owned.use(end));
  }
  return ends;
}

const TCGETS = 0x5401n;
const TCSETS = 0x5402n;

/** A pty that passes all bytes on as they are, both sides nonblocking. */
export function rawPty(owned: DisposableStack): { master: Fd; slave: Fd } {
  const { master, slave } = openPty();
  owned.use(master);
  owned.use(slave);
  const modes = new Uint8Array(termios.size);
  libc.ioctl(slave.raw, TCGETS, modes);
  // c_iflag, c_oflag and c_lflag, each 4 bytes; c_cflag stays.
  modes.fill(0, 0, 8);
  modes.fill(0, 12, 16);
  libc.ioctl(slave.raw, TCSETS, modes);
  setNonblocking(master);
  setNonblocking(slave);
  return { master, slave };
}

/** Writes until nothing more fits, and returns how much did. */
export function fill(fd: Fd): number {
  const chunk = new Uint8Array(4096);
  let total = 0;
  for (;;) {
    const result = write(fd, chunk);
    if (result.kind !== "moved") return total;
    total += result.bytes;
  }
}

/** Reads until there is nothing left for now. */
export function drain(fd: Fd): Uint8Array {
  const chunks: Uint8Array[] = [];
  const chunk = new Uint8Array(65536);
  for (;;) {
    const result = read(fd, chunk);
    if (result.kind !== "moved") return join(chunks);
    chunks.push(chunk.slice(0, result.bytes));
  }
}

export function join(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

/** O_DIRECT: each write to this pipe is a packet (pipe(2)). */
export function inPackets({ raw }: Fd): void {
  const direct = Deno.build.arch === "aarch64" ? 0o200000 : 0o40000;
  const flags = libc.fcntl(raw, F_GETFL, 0);
  if (libc.fcntl(raw, F_SETFL, flags | direct) === -1) {
    throw new Error("This pipe cannot be set to packets");
  }
}

/** How many bytes a pipe holds at most. */
export function capacity({ raw }: Fd): number {
  return libc.fcntl(raw, F_GETPIPE_SZ, 0);
}

const F_SETPIPE_SZ = 1031;

/** Makes a pipe hold no more than a page. */
export function shrink({ raw }: Fd): void {
  if (libc.fcntl(raw, F_SETPIPE_SZ, 4096) === -1) {
    throw new Error("This pipe cannot be made smaller");
  }
}

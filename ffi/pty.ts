import {
  O_CLOEXEC,
  O_NOCTTY,
  O_RDWR,
  TCGETS,
  TIOCGPTN,
  TIOCGPTPEER,
  TIOCSPTLCK,
  TIOCSWINSZ,
} from "./constants.ts";
import { check } from "./errno.ts";
import { Fd, open } from "./fd.ts";
import { termios, winsize } from "./layout.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";

/** A window size in character cells. */
export interface WindowSize {
  columns: number;
  rows: number;
}

/**
 * Opens a new pty: the master, and the path of its slave. Its termios is the
 * kernel's default and its size 0×0 (pts(4)). openpty(3) does the same, but
 * before glibc 2.34 it lives in a library of its own.
 *
 * @throws {SystemError}
 */
export function openPty(): { master: Fd; slavePath: string } {
  const master = open(
    "/dev/ptmx",
    O_RDWR | O_NOCTTY,
    'pty master "/dev/ptmx"',
  );
  try {
    const number = new Int32Array(1);
    check(
      libc.ioctl(master.raw, TIOCGPTN, number),
      "ioctl",
      "ask for the number of the pty",
    );
    check(
      libc.ioctl(master.raw, TIOCSPTLCK, new Int32Array([0])),
      "ioctl",
      "unlock the pty slave",
    );
    return { master, slavePath: `/dev/pts/${number[0]}` };
  } catch (error) {
    master.close();
    throw error;
  }
}

/**
 * Gives the slave of a pty to a user; nobody else may open it.
 *
 * @throws {SystemError}
 */
export function ownSlave(slavePath: string, uid: number, gid: number): void {
  Deno.chmodSync(slavePath, 0o600);
  check(
    libc.chown(cString(slavePath), uid, gid),
    "chown",
    `give the terminal "${slavePath}" to its owner`,
  );
}

/**
 * Opens the slave that belongs to a master, even if it lives in the
 * container's mount namespace; undefined before Linux 4.13, which has no
 * TIOCGPTPEER (ioctl_tty(2)).
 */
export function openSlave(master: Fd): Fd | undefined {
  // Whoever made the pty may not have unlocked it.
  libc.ioctl(master.raw, TIOCSPTLCK, new Int32Array([0]));
  const raw = libc.ioctlInt(
    master.raw,
    TIOCGPTPEER,
    O_RDWR | O_NOCTTY | O_CLOEXEC,
  );
  return raw === -1 ? undefined : new Fd(raw);
}

/** Whether the descriptor is a terminal, as isatty(3) tells. */
export function isTerminal(fd: Fd): boolean {
  return libc.ioctl(fd.raw, TCGETS, new Uint8Array(termios.size)) === 0;
}

/**
 * Sets the window size of a terminal (TIOCSWINSZ); its foreground processes
 * get SIGWINCH if it changed.
 *
 * @throws {SystemError}
 */
export function setWindowSize(terminal: Fd, size: WindowSize): void {
  const buffer = new Uint8Array(winsize.size);
  const view = new DataView(buffer.buffer);
  view.setUint16(winsize.rows, size.rows, true);
  view.setUint16(winsize.columns, size.columns, true);
  check(
    libc.ioctl(terminal.raw, TIOCSWINSZ, buffer),
    "ioctl",
    `set the terminal size to ${size.columns}×${size.rows}`,
  );
}

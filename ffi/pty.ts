import {
  TCGETS,
  TIOCGPTN,
  TIOCGPTPEER,
  TIOCSPTLCK,
  TIOCSWINSZ,
} from "./constants.ts";
import { check } from "./errno.ts";
import { Fd, open, openFlags } from "./fd.ts";
import { termios, winsize } from "./layout.ts";
import { libc } from "./libc.ts";

/** A window size in character cells. */
export interface WindowSize {
  columns: number;
  rows: number;
}

/** Both sides of a pty, and the path of the slave. */
export interface Pty {
  master: Fd;
  slave: Fd;
  slavePath: string;
}

/**
 * Opens a new pty. Its termios is the kernel's default and its size 0×0
 * (pts(4)). openpty(3) does the same, but before glibc 2.34 it lives in a
 * library of its own.
 *
 * @throws {SystemError}
 */
export function openPty(): Pty {
  const what = 'pty master "/dev/ptmx"';
  const master = open("/dev/ptmx", ["read and write"], what);
  try {
    const number = slaveNumber(master);
    check(
      number === undefined ? -1 : 0,
      "ioctl",
      "ask for the number of the pty",
    );
    check(
      libc.ioctl(master.raw, TIOCSPTLCK, new Int32Array([0])),
      "ioctl",
      "unlock the pty slave",
    );
    const slavePath = `/dev/pts/${number}`;
    const slave = openSlave(master) ??
      open(slavePath, ["read and write"], `pty slave "${slavePath}"`);
    return { master, slave, slavePath };
  } catch (error) {
    master.close();
    throw error;
  }
}

/** The N of the slave's /dev/pts/N; undefined if it is no pty master. */
export function slaveNumber(master: Fd): number | undefined {
  const number = new Int32Array(1);
  return libc.ioctl(master.raw, TIOCGPTN, number) === -1
    ? undefined
    : number[0];
}

/**
 * Gives the slave of a pty to a user; nobody else may open it.
 *
 * @throws {SystemError}
 */
export function ownSlave({ slave, slavePath }: Pty, uid: number, gid: number) {
  const what = `give the terminal "${slavePath}" to its owner`;
  check(libc.fchmod(slave.raw, 0o600), "fchmod", what);
  check(libc.fchown(slave.raw, uid, gid), "fchown", what);
}

/**
 * Opens the slave that belongs to a master, even if it lives in the
 * container's mount namespace; undefined before Linux 4.13, which has no
 * TIOCGPTPEER (ioctl_tty(2)).
 */
export function openSlave(master: Fd): Fd | undefined {
  // Whoever made the pty may not have unlocked it.
  libc.ioctl(master.raw, TIOCSPTLCK, new Int32Array([0]));
  const flags = openFlags(["read and write"]);
  const raw = libc.ioctlInt(master.raw, TIOCGPTPEER, flags);
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

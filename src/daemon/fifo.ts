import { WaitingOpen } from "../../ffi/child.ts";
import { SystemError } from "../../ffi/errno.ts";
import {
  type Fd,
  isPipe,
  open,
  type OpenMode,
  setNonblocking,
} from "../../ffi/fd.ts";
import { identify } from "../../ffi/path.ts";
import { killProcess } from "../../ffi/process.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { Allowance, LIMITS } from "../loop/limits.ts";
import type { Reaper } from "../processes/reaper.ts";

/** What is needed to wait for the daemon. */
export interface Waiting {
  loop: EventLoop;
  reaper: Reaper;
  /** What is left of `LIMITS.reader`. */
  allowance: Allowance;
}

/** Between two tries after one that failed for no reason, in ms. */
const PAUSE = 100;

/**
 * Opens a FIFO (or a file) for writing as soon as somebody has it open for
 * reading.
 *
 * @param name what the daemon calls it, for messages
 * @param more how to open it in addition
 * @throws {SystemError}
 * @throws {Error} when nobody came in time
 */
export function openForWriting(
  path: string,
  name: string,
  waiting: Waiting,
  more: OpenMode = [],
): Fd {
  const mode: OpenMode = ["write", ...more];
  const what = `${name} "${path}" for writing`;
  for (;;) {
    const fd = openIfRead(path, mode, what) ?? whenRead(path, mode, waiting);
    if (fd !== undefined) return fd;
    if (waiting.allowance.left > 0) {
      waiting.loop.runUntil(() => false, new Allowance(PAUSE));
      waiting.allowance.left -= PAUSE;
      continue;
    }
    const late = openIfRead(path, mode, what);
    if (late !== undefined) return late;
    throw new Error(
      `Cannot open ${what}: nobody opened it for reading in time ` +
        `(the limit is ${LIMITS.reader / 1000} s)`,
    );
  }
}

/** Undefined for a FIFO that nobody reads. */
function openIfRead(path: string, mode: OpenMode, what: string) {
  try {
    return open(path, [...mode, "nonblocking"], what);
  } catch (error) {
    // ENXIO: a FIFO without a reader, or a socket, which never opens.
    if (!(error instanceof SystemError && error.is("ENXIO"))) throw error;
    if (identify(path)?.kind !== "FIFO") throw error;
    return undefined;
  }
}

/** Waits for a reader; undefined when none came in time, or on an error. */
function whenRead(
  path: string,
  mode: OpenMode,
  { loop, reaper, allowance }: Waiting,
): Fd | undefined {
  const opening = new WaitingOpen(path, mode);
  const child = reaper.expect(opening.pid);
  const ended = () => child.ending !== undefined;
  if (!loop.runUntil(ended, allowance)) {
    killProcess(opening.pid);
    loop.runUntil(ended);
  }
  const fd = opening.take();
  if (fd !== undefined) setNonblocking(fd);
  return fd;
}

/** Both ends of a FIFO, or the only one of a plain file. */
export class HeldFifo implements Disposable {
  /**
   * @param end the end that bytes go through
   * @param holder the other end, open only so that a peer who leaves is
   *   neither an end of file nor a broken pipe; none on a plain file
   */
  constructor(readonly end: Fd, readonly holder: Fd | undefined) {}

  [Symbol.dispose](): void {
    this.end.close();
    this.holder?.close();
  }
}

/** Opens the other end of a FIFO too. */
function hold(end: Fd, path: string, name: string, other: "read" | "write") {
  if (!isPipe(end)) return new HeldFifo(end, undefined);
  try {
    const what = `${name} "${path}" for ${
      other === "read" ? "reading" : "writing"
    }`;
    return new HeldFifo(end, open(path, [other, "nonblocking"], what));
  } catch (error) {
    end.close();
    throw error;
  }
}

/**
 * Opens the daemon's stdin for reading. Never blocks: on a FIFO the reader
 * does not need a writer when it does not wait.
 *
 * @throws {SystemError}
 */
export function openInput(path: string): HeldFifo {
  const what = `stdin "${path}" for reading`;
  const end = open(path, ["read", "nonblocking"], what);
  return hold(end, path, "stdin", "write");
}

/**
 * Opens stdout or stderr towards the daemon.
 *
 * @param reader `needed`: waits until the daemon reads; `not needed`: what is
 *   written before it does waits in the FIFO
 * @throws {SystemError}
 * @throws {Error} when nobody came in time
 */
export function openOutput(
  path: string,
  name: "stdout" | "stderr",
  reader: "needed" | "not needed",
  waiting: Waiting,
): HeldFifo {
  if (reader === "not needed" && identify(path)?.kind === "FIFO") {
    const what = `${name} "${path}" for both`;
    const both = open(path, ["read and write", "nonblocking"], what);
    return new HeldFifo(both, undefined);
  }
  return hold(openForWriting(path, name, waiting), path, name, "read");
}

/**
 * Opens the control FIFO for both, so that it has no end of file when the
 * daemon goes away.
 *
 * @throws {SystemError}
 */
export function openControl(path: string): Fd {
  const mode: OpenMode = ["read and write", "nonblocking", "no link"];
  return open(path, mode, `FIFO "${path}"`);
}

import {
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
} from "../../ffi/constants.ts";
import { SystemError } from "../../ffi/errno.ts";
import {
  bytesWaiting,
  type Fd,
  isPipe,
  open,
  openWhenReady,
  setNonblocking,
} from "../../ffi/fd.ts";

/**
 * How long the daemon may take to open its ends of the FIFOs, in
 * milliseconds. Upstream's limit for stdio, which here also holds for `exit`:
 * a daemon that has died will never come.
 */
export const OPEN_LIMIT = 15_000;

/**
 * Opens a FIFO (or a file) for writing as soon as somebody has it open for
 * reading.
 *
 * @param name what the daemon calls it, for messages
 * @param deadline as `performance.now()`
 * @param flags O_* in addition
 * @throws {SystemError}
 * @throws {Error} when nobody came before the deadline
 */
export async function openForWriting(
  path: string,
  name: string,
  deadline: number,
  flags = 0,
): Promise<Fd> {
  const what = `${name} "${path}" for writing`;
  for (;;) {
    try {
      return open(path, O_WRONLY | O_NONBLOCK | flags, what);
    } catch (error) {
      // ENXIO: a FIFO without a reader, or a socket, which never opens.
      if (!(error instanceof SystemError && error.is("ENXIO"))) throw error;
      if (!Deno.statSync(path).isFifo) throw error;
    }
    const opening = openWhenReady(path, O_WRONLY | flags);
    const fd = await beforeDeadline(opening, deadline);
    if (fd === "late") {
      opening.then((late) => late?.close());
      throw new Error(
        `Cannot open ${what}: nobody opened it for reading in time ` +
          `(the limit is ${OPEN_LIMIT / 1000} s)`,
      );
    }
    if (fd !== undefined) {
      setNonblocking(fd);
      return fd;
    }
  }
}

async function beforeDeadline<T>(
  promise: Promise<T>,
  deadline: number,
): Promise<T | "late"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    const left = Math.max(0, deadline - performance.now());
    timer = setTimeout(() => resolve("late"), left);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Both ends of a FIFO, or the only one of a plain file. */
export class HeldFifo implements Disposable {
  /**
   * @param end the end that bytes go through
   * @param holder the other end, open only so that a peer who leaves is
   *   neither an end of file nor a broken pipe; none on a plain file
   */
  constructor(readonly end: Fd, readonly holder: Fd | undefined) {}

  /** Bytes that wait for the reader of a FIFO. */
  get unread(): number {
    return this.holder === undefined ? 0 : bytesWaiting(this.holder);
  }

  [Symbol.dispose](): void {
    this.end.close();
    this.holder?.close();
  }
}

/**
 * Opens the daemon's stdin for reading. Never blocks: on a FIFO the reader
 * does not need a writer when it does not wait.
 *
 * @throws {SystemError}
 */
export function openInput(path: string): HeldFifo {
  const end = open(
    path,
    O_RDONLY | O_NONBLOCK,
    `stdin "${path}" for reading`,
  );
  if (!isPipe(end)) return new HeldFifo(end, undefined);
  try {
    const what = `stdin "${path}" for writing`;
    return new HeldFifo(end, open(path, O_WRONLY | O_NONBLOCK, what));
  } catch (error) {
    end.close();
    throw error;
  }
}

/**
 * Opens stdout or stderr towards the daemon, which must be reading by then.
 *
 * @throws {SystemError}
 * @throws {Error} when nobody came before the deadline
 */
export async function openOutput(
  path: string,
  name: "stdout" | "stderr",
  deadline: number,
): Promise<HeldFifo> {
  const end = await openForWriting(path, name, deadline);
  if (!isPipe(end)) return new HeldFifo(end, undefined);
  try {
    const what = `${name} "${path}" for reading`;
    return new HeldFifo(end, open(path, O_RDONLY | O_NONBLOCK, what));
  } catch (error) {
    end.close();
    throw error;
  }
}

/**
 * Opens the control FIFO for both, so that it has no end of file when the
 * daemon goes away.
 *
 * @throws {SystemError}
 */
export function openControl(path: string): Fd {
  return open(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW, `FIFO "${path}"`);
}

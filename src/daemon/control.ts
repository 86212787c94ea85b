import { POLLIN } from "../../ffi/constants.ts";
import { describeErrno } from "../../ffi/errno.ts";
import type { Fd } from "../../ffi/fd.ts";
import { read, WOULD_BLOCK } from "../../ffi/transfer.ts";
import { type ControlMessage, ControlParser } from "./control_parser.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import type { Stdio } from "../streams/stdio.ts";

/**
 * Serves the control FIFO: everything that the daemon writes to it, in order,
 * also what it wrote before this shim was ready.
 */
export function serveControl(
  loop: EventLoop,
  fd: Fd,
  stdio: Stdio,
  warn: (message: string) => void,
): void {
  const parser = new ControlParser();
  const buffer = new Uint8Array(4096);
  const watch = loop.watch(fd, POLLIN, () => {
    const count = read(fd, buffer);
    if (count === WOULD_BLOCK) return;
    if (count <= 0) {
      // A FIFO that is open for writing has no end, but a plain file has.
      loop.unwatch(watch);
      if (count < 0) {
        warn(`Cannot read the control FIFO: ${describeErrno(-count)}`);
      }
      return;
    }
    for (const message of parser.push(buffer.subarray(0, count))) {
      obey(message, stdio, warn);
    }
  });
}

function obey(
  message: ControlMessage,
  stdio: Stdio,
  warn: (message: string) => void,
): void {
  if (message.kind === "close-stdin") return stdio.closeStdin();
  try {
    stdio.resize(message);
  } catch (error) {
    warn((error as Error).message);
  }
}

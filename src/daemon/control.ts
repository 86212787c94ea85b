import { describeErrno } from "../../ffi/errno.ts";
import type { Fd } from "../../ffi/fd.ts";
import { read } from "../../ffi/transfer.ts";
import { type ControlMessage, ControlParser } from "./control_parser.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import type { WindowSize } from "../../ffi/pty.ts";

/** What the daemon can ask for. */
export interface Controlled {
  closeStdin(): void;
  resize(size: WindowSize): void;
}

/**
 * Serves the control FIFO: everything that the daemon writes to it, in order,
 * also what it wrote before this shim was ready.
 */
export function serveControl(
  loop: EventLoop,
  fd: Fd,
  controlled: Controlled,
  warn: (message: string) => void,
): void {
  const parser = new ControlParser();
  const buffer = new Uint8Array(4096);
  const serve = () => {
    const result = read(fd, buffer);
    switch (result.kind) {
      case "moved":
        for (const message of parser.push(buffer.subarray(0, result.bytes))) {
          obey(message, controlled, warn);
        }
        return;
      case "would block":
        return;
      case "failed":
        warn(`Cannot read the control FIFO: ${describeErrno(result.errno)}`);
    }
    // A FIFO that is open for writing has no end, but a plain file has.
    loop.unwatch(watch);
  };
  const watch = loop.watch("the control FIFO", fd, "input", { ready: serve });
}

function obey(
  message: ControlMessage,
  controlled: Controlled,
  warn: (message: string) => void,
): void {
  if (message.kind === "close-stdin") return controlled.closeStdin();
  try {
    controlled.resize(message);
  } catch (error) {
    warn((error as Error).message);
  }
}

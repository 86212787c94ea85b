import { type Fd, open, type OpenMode } from "../../ffi/fd.ts";
import { Relay, type RelayOptions } from "../../src/streams/relay.ts";
import { Spool } from "../../src/streams/spool.ts";
import { assertSettles, newLoop, serveUntil } from "./loop.ts";
import { TempDir } from "./own_files.ts";
import { fill, nonblockingPipe, rawPty } from "./streams.ts";

/** Relays in a loop, what they say, and what is between them. */
export class RelayBench implements Disposable {
  readonly owned = new DisposableStack();
  readonly dir = this.owned.use(new TempDir());
  readonly loop = newLoop();
  readonly messages: string[] = [];
  /** How many relays have ended. */
  ends = 0;

  relay(from: Fd, to: Fd, more: Partial<RelayOptions> = {}): Relay {
    return new Relay(this.loop, {
      from,
      to,
      source: "the container's stdout",
      sink: 'stdout "/x"',
      brokenSink: "void",
      ended: () => this.ends++,
      failed: (message) => this.messages.push(message),
      ...more,
    });
  }

  pipe(): { readEnd: Fd; writeEnd: Fd } {
    return nonblockingPipe(this.owned);
  }

  pty(): { master: Fd; slave: Fd } {
    return rawPty(this.owned);
  }

  open(path: string, ...mode: OpenMode): Fd {
    return this.owned.use(open(path, mode, "it"));
  }

  /** A FIFO that is full and has no reader but the shim's own. */
  fullFifo(): { path: string; end: Fd; filled: number } {
    const path = this.dir.fifo("stdout");
    this.open(path, "read", "nonblocking");
    const end = this.open(path, "write", "nonblocking");
    return { path, end, filled: fill(end) };
  }

  spool(limit: number, directory = this.dir.path): Spool {
    const warn = (message: string) => this.messages.push(message);
    return new Spool({ directory, limit }, warn);
  }

  /** Serves until a relay has ended. */
  finish(): void {
    this.serveUntil(() => this.ends > 0);
  }

  /** Serves until the condition holds. */
  serveUntil(condition: () => boolean): void {
    serveUntil(this.loop, condition);
  }

  /** Serves until the loop only waits, and fails if it turns instead. */
  settle(): void {
    assertSettles(this.loop);
  }

  [Symbol.dispose](): void {
    this.owned.dispose();
  }
}

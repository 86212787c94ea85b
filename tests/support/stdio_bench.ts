import assert from "node:assert/strict";
import { Fd, open } from "../../ffi/fd.ts";
import { write } from "../../ffi/transfer.ts";
import { Reaper } from "../../src/processes/reaper.ts";
import type { Relaying, StdioSource } from "../../src/streams/relaying.ts";
import { newLoop, serveUntil, soon } from "./loop.ts";
import { TempDir } from "./own_files.ts";
import { bytes, drain, text } from "./streams.ts";

/** The daemon's side: three FIFOs, of which it reads two. */
export class StdioBench implements Disposable {
  readonly owned = new DisposableStack();
  readonly dir = this.owned.use(new TempDir());
  readonly loop = newLoop();
  readonly warnings: string[] = [];
  readonly source: StdioSource;
  readonly stdout: Fd;
  readonly stderr: Fd;
  readonly relaying: Relaying = {
    loop: this.loop,
    waiting: {
      loop: this.loop,
      reaper: new Reaper(new Fd(-1), this.loop),
      allowance: soon(),
    },
    spool: undefined,
    warn: (message) => void this.warnings.push(message),
  };

  constructor() {
    this.source = {
      stdin: this.dir.fifo("stdin"),
      stdout: this.dir.fifo("stdout"),
      stderr: this.dir.fifo("stderr"),
      rootUid: 0xffffffff,
      rootGid: 0xffffffff,
      reader: "needed",
    };
    this.stdout = this.#open(this.source.stdout, "read");
    this.stderr = this.#open(this.source.stderr, "read");
  }

  writer(name: "stdin" | "stdout"): Fd {
    return this.#open(this.source[name], "write");
  }

  #open(path: string, direction: "read" | "write"): Fd {
    return this.owned.use(open(path, [direction, "nonblocking"], "it"));
  }

  writeStdin(words: string): void {
    using end = this.writer("stdin");
    write(end, bytes(words));
  }

  /** Serves until this much has come, and returns it. */
  receive(fd: Fd, length: number): string {
    let words = "";
    const enough = () => (words += text(drain(fd))).length >= length;
    assert.ok(this.loop.runUntil(enough, soon()), `only "${words}" came`);
    return words;
  }

  serveUntil(condition: () => boolean): void {
    serveUntil(this.loop, condition);
  }

  [Symbol.dispose](): void {
    this.owned.dispose();
  }
}

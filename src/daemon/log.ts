import { type Fd, open } from "../../ffi/fd.ts";
import { write } from "../../ffi/transfer.ts";
import { type Level, logLine } from "./log_line.ts";
import { expectOwnFile, LOG_FILE } from "./state_dir.ts";

const encoder = new TextEncoder();

/**
 * shim-log.json: what the daemon shows when the shim ends before the
 * container runs. It takes the first object whose level is "error", so that
 * level is kept for what ends the shim, an exit status that cannot be written,
 * and what nobody has expected; everything else is a "warn".
 */
export class Log implements Disposable {
  readonly #file: Fd;

  /**
   * Creates the file, even if nothing will be written: without it the daemon
   * reports the missing log instead of the runtime's own error.
   *
   * @throws {SystemError}
   */
  constructor() {
    this.#file = open(
      LOG_FILE,
      // Nonblocking: a FIFO in its place is no trap.
      ["write", "create", "append", "sync", "no link", "nonblocking"],
      `the log "${LOG_FILE}"`,
      0o666,
    );
    try {
      expectOwnFile(this.#file, LOG_FILE);
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  error(message: string): void {
    this.#write("error", message);
  }

  warn(message: string): void {
    this.#write("warn", message);
  }

  #write(level: Level, message: string): void {
    // One write per object, so that objects never mix. There is nobody left
    // to tell if the disk is full.
    write(this.#file, encoder.encode(logLine(level, message)));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

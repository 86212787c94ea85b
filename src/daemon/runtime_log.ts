import { type Fd, open } from "../../ffi/fd.ts";
import { readAt, truncate, writeAt } from "../../ffi/file.ts";
import { type FileIdentity, identify, identifyOpen } from "../../ffi/path.ts";
import { expectOwnFile, RUNTIME_LOG_FILE } from "./state_dir.ts";

/** What a runtime logs in one call, at most; more of it is not kept. */
const KEPT = 65_536;

/**
 * What one call of the runtime has added to log.json. The daemon reports the
 * first error in there, so a call that does not count must leave none.
 */
export class RuntimeLogEntry {
  readonly #before = plainLog();
  readonly #start = this.#before?.length ?? 0;
  /** Undefined as long as more may be added. */
  #text: Uint8Array<ArrayBuffer> | undefined;

  /** What the call, which has ended, has logged since this object was made. */
  get text(): string {
    return new TextDecoder().decode(this.#text ??= addedSince(this.#start));
  }

  /** Takes it out of the file, if possible. */
  takeOut(): void {
    this.#text ??= addedSince(this.#start);
    this.#replaceBy(new Uint8Array());
  }

  /** Puts back what was taken out, in place of what has come since. */
  putBack(): void {
    if (this.#text !== undefined) this.#replaceBy(this.#text);
  }

  #replaceBy(text: Uint8Array<ArrayBuffer>): void {
    if (length() === this.#start && text.length === 0) return;
    try {
      using file = openLog("write");
      expectOwnFile(file, RUNTIME_LOG_FILE);
      if (this.#before !== undefined && !isSame(this.#before, file)) return;
      truncate(file, this.#start);
      writeAt(file, text, this.#start);
    } catch {
      // The daemon then shows what is there.
    }
  }
}

function addedSince(start: number): Uint8Array<ArrayBuffer> {
  const text = new Uint8Array(Math.min(Math.max(0, length() - start), KEPT));
  if (text.length === 0) return text;
  try {
    using file = openLog("read");
    readAt(file, text, start);
    return text;
  } catch {
    // What cannot be read is as if it were not there.
    return new Uint8Array();
  }
}

/** log.json, if it is a plain file. */
function plainLog(): FileIdentity | undefined {
  const found = identify(RUNTIME_LOG_FILE);
  return found?.kind === "file" ? found : undefined;
}

/** The length of log.json in bytes, 0 if it is not a plain file. */
function length(): number {
  return plainLog()?.length ?? 0;
}

function isSame(before: FileIdentity, file: Fd): boolean {
  const now = identifyOpen(file);
  return now?.device === before.device && now.inode === before.inode;
}

function openLog(access: "read" | "write") {
  const mode = [access, "no link", "nonblocking"] as const;
  return open(RUNTIME_LOG_FILE, mode, `"${RUNTIME_LOG_FILE}"`);
}

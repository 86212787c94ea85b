import type { Ending } from "../../ffi/process.ts";

/** So many numbers stand on a page. */
const PAGE = 2_048;

/**
 * How processes have ended, by pid. Two bytes for each number that has come
 * up, however often: as there are numbers, at most some 4 million (pid_max in
 * proc(5)), that is 64 KiB by default and can never be more than 8 MiB.
 */
export class Endings {
  readonly #pages = new Map<number, Uint16Array>();

  get(pid: number): Ending | undefined {
    const word = this.#pages.get(pageOf(pid))?.[pid % PAGE] ?? 0;
    if (word === 0) return undefined;
    return word < SIGNALED
      ? { kind: "exited", code: word - EXITED }
      : { kind: "signaled", signal: word - SIGNALED };
  }

  set(pid: number, ending: Ending): void {
    const number = pageOf(pid);
    const page = this.#pages.get(number) ?? new Uint16Array(PAGE);
    this.#pages.set(number, page);
    page[pid % PAGE] = ending.kind === "exited"
      ? EXITED + ending.code
      : SIGNALED + ending.signal;
  }

  delete(pid: number): void {
    this.#pages.get(pageOf(pid))?.fill(0, pid % PAGE, pid % PAGE + 1);
  }
}

// 0 is none; a code takes 8 bits.
const EXITED = 1;
const SIGNALED = EXITED + 256;

const pageOf = (pid: number) => Math.floor(pid / PAGE);

import { monotonicMs } from "./posix.ts";

/** Something that was seen; `t` is milliseconds of CLOCK_MONOTONIC. */
export interface Event {
  t: number;
  what:
    | "started"
    | "shim_exit"
    | "first" // first bytes of the output `name`
    | "eof" // end of the output `name`
    | "create" // the file `name` in the state directory …
    | "modify"
    | "close_write"
    | "moved_to"
    | "delete";
  name?: string;
}

/** What a run saw, in the order in which it was seen. */
export class Timeline {
  readonly events: Event[] = [];

  /** Returns the time that is noted. */
  note(what: Event["what"], name?: string, t: number = monotonicMs()): number {
    this.events.push(name === undefined ? { t, what } : { t, what, name });
    return t;
  }

  find(what: Event["what"], name?: string): Event | undefined {
    return this.events.find((e) => e.what === what && e.name === name);
  }
}

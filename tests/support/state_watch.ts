import { close, IN, inotify, inotifyEvents, POLL, watch } from "./posix.ts";
import type { Source } from "./pump.ts";
import type { Timeline } from "./timeline.ts";

const KINDS = [
  [IN.CREATE, "create"],
  [IN.MODIFY, "modify"],
  [IN.CLOSE_WRITE, "close_write"],
  [IN.MOVED_TO, "moved_to"],
  [IN.DELETE, "delete"],
] as const;

/** Notes what happens to the files of a directory. */
export class StateWatch implements Source {
  readonly fd = inotify();
  events: number = POLL.IN;

  constructor(directory: string, private readonly timeline: Timeline) {
    watch(this.fd, directory, KINDS.reduce((mask, [bit]) => mask | bit, 0));
  }

  ready(): void {
    for (const { mask, name } of inotifyEvents(this.fd)) {
      for (const [bit, what] of KINDS) {
        if (mask & bit) this.timeline.note(what, name);
      }
    }
  }

  close(): void {
    close(this.fd);
  }
}

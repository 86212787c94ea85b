/** One system call of a traced shim, as one line of text. */
export interface TracedCall {
  tid: number;
  /** True for the shim's own threads, false for the processes it starts. */
  isShim: boolean;
  /** Seconds since 1970. */
  t: number;
  text: string;
}

interface Line {
  tid: number;
  t: number;
  text: string;
  pending: boolean;
}

/** Reads what `strace -f -ttt` wrote; calls cut in two are joined again. */
export function parseStrace(log: string, shim: number): TracedCall[] {
  const threads = new Set([shim]);
  const pending = new Map<number, Line>();
  const lines: Line[] = [];
  for (const raw of log.split("\n")) {
    const fields = /^(\d+)\s+([\d.]+)\s(.*)$/.exec(raw);
    if (!fields) continue;
    const tid = Number(fields[1]);
    const begun = /^(.*) <unfinished \.\.\.>$/.exec(fields[3]);
    const resumed = /^<\.\.\. \w+ resumed>\s?(.*)$/.exec(fields[3]);
    let line = pending.get(tid);
    if (resumed && line) {
      pending.delete(tid);
      line.text += resumed[1];
      line.pending = false;
    } else {
      const text = begun ? begun[1] : fields[3];
      line = { tid, t: Number(fields[2]), text, pending: begun !== null };
      lines.push(line);
      if (begun) pending.set(tid, line);
    }
    const thread = /CLONE_THREAD.*= (\d+)$/.exec(line.text);
    if (thread) threads.add(Number(thread[1]));
  }
  return lines.map(({ tid, t, text, pending }) => ({
    tid,
    isShim: threads.has(tid),
    t,
    text: text + (pending ? " = ? <never returned>" : ""),
  }));
}

/**
 * How long the shim has waited in vain, in seconds: in calls of ppoll(2) that
 * nothing ended but their limit. The time in which it, or the machine, stood
 * still does not count.
 */
export function waitedInVain(calls: readonly TracedCall[]): number {
  const pattern =
    /^ppoll\(.*\{tv_sec=(\d+), tv_nsec=(\d+)\}.* = 0 \(Timeout\)$/;
  return calls.filter(({ isShim }) => isShim)
    .map(({ text }) => pattern.exec(text))
    .filter((found) => found !== null)
    .reduce((sum, [_, s, ns]) => sum + Number(s) + Number(ns) / 1e9, 0);
}

/** The window sizes that were set, in order. */
export function winsizeIoctls(calls: readonly TracedCall[]): string[] {
  const pattern = new RegExp(
    "^ioctl\\(\\d+(?:<[^>]*>)?, TIOCSWINSZ, \\{ws_row=(\\d+), " +
      "ws_col=(\\d+), ws_xpixel=(\\d+), ws_ypixel=(\\d+)\\}\\)\\s+= -?\\d+",
  );
  return calls.map(({ text }) => pattern.exec(text))
    .filter((found) => found !== null)
    .map(([_, rows, cols, x, y]) =>
      `rows=${rows} cols=${cols} xpix=${x} ypix=${y}`
    );
}

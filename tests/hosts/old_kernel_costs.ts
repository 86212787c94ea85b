import type { Listed } from "./listed.ts";

const NO_TMPFILE = "no O_TMPFILE (Linux 3.11)";
const NO_PEER = "no TIOCGPTPEER (Linux 4.13)";

/** What fails on a kernel as old as Linux 3.10, and for which missing call. */
export const COSTS: readonly Listed[] = [
  [/^with a spool a container ends though nobody reads/, NO_TMPFILE],
  [/^a spool keeps the output of a terminal too/, NO_TMPFILE],
  [/^a spool is used only while the daemon takes nothing/, NO_TMPFILE],
  [/^packets of a container \(O_DIRECT\) arrive whole through/, NO_TMPFILE],
  [/^a turn of a stream is bounded, also one into a spool/, NO_TMPFILE],
  [/^never fixed: a container stands still after some output/, NO_TMPFILE],
  [/^never fixed: a full disk loses the exit status/, NO_TMPFILE],
  [/^never fixed: a state directory without inodes loses/, NO_TMPFILE],
  [/^never fixed: a terminal's output ends when its last/, NO_PEER],
  [/^modern runtime: an init that lets go of its terminal for a/, NO_PEER],
  [/^the console socket drops another user who gets there/, NO_PEER],
  [
    /^nothing is lost or stands still when calls end with EINTR/,
    "the calls of the program that refuses some are counted too",
  ],
  [
    /^a shim looks for nothing under a name that can be guessed in \/tmp/,
    "it sees the program that refuses the calls",
  ],
];

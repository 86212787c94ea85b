import type { Listed } from "./listed.ts";

const NO_SUBREAPER = "qemu-user refuses PR_SET_CHILD_SUBREAPER";
const NO_SHARED_MEMORY =
  "qemu-user makes a fork(2) of a child that shares the memory";
const SIGNALS = "qemu-user keeps signals to itself";

/** What qemu-user cannot do. */
export const LOST: readonly Listed[] = [
  [/^spawn\(\): the child has default signals, three/, SIGNALS],
  [/^spawn\(\) throws what execve\(2\) says/, NO_SHARED_MEMORY],
  [/^spawn\(\), WaitingOpen: the child dies with this/, NO_SHARED_MEMORY],
  [
    /^spawn\(\): a thousand starts leave nothing/,
    "what it has translated counts as the program's memory",
  ],
  [/^WaitingOpen opens a FIFO as soon as/, NO_SHARED_MEMORY],
  [/^WaitingOpen: there is no file when it cannot/, NO_SHARED_MEMORY],
  [/^becomeSubreaper\(\) is visible through/, NO_SUBREAPER],
  [/^listenForChildren\(\): of four thousand orphans/, NO_SUBREAPER],
  [/^listenForChildren\(\): a child that stops/, SIGNALS],
  [/^ignoreSignals\(\) leaves only SIGKILL/, SIGNALS],
  [
    /^spawn\(\): the environment is passed on byte for byte/,
    "qemu-user makes the environment anew",
  ],
];

import type { Holder, LinkFacts, StreamName } from "./facts.ts";

/** A pipe of which the shim has an end, with everybody who has one. */
export interface PipeFacts {
  /** `pipe:[1234]` */
  object: string;
  holders: Holder[];
}

const STREAMS: readonly StreamName[] = ["stdin", "stdout", "stderr"];

/** The processes by which pipes are told apart; 0 for one that is not there. */
export interface Roles {
  shim: number;
  /** The shim's parent, mostly the daemon. */
  parent: number;
  container: number;
  /** A call of the runtime. */
  call: number;
}

/**
 * Tells which pipe is which. The shim makes those of stdin, stdout and stderr
 * in this order; whoever uses one has it as descriptor 0, 1 or 2. Pipes that
 * the shim was started with are left out.
 */
export function nameLinks(
  pipes: readonly PipeFacts[],
  { shim, parent, container, call }: Roles,
): LinkFacts[] {
  const own = (pipe: PipeFacts) =>
    pipe.holders.find(({ pid }) => pid === shim)?.fds ?? [];
  const links = pipes
    .filter((pipe) => !isInherited(pipe, shim, parent))
    .toSorted((a, b) => Math.min(...own(a)) - Math.min(...own(b)))
    .map(({ object, holders }): LinkFacts => ({
      name: "unknown",
      object,
      holders,
    }));

  for (const link of links) {
    const fds = link.holders.find(({ pid }) => pid === call)?.fds ?? [];
    // Both outputs of the call in one pipe: the shim keeps what it prints.
    if (fds.includes(1) && fds.includes(2)) link.name = "runtime output";
  }
  const unnamed = () => links.filter(({ name }) => name === "unknown");
  const all = unnamed();
  const name = (link: LinkFacts, stream: StreamName | undefined) => {
    if (stream === undefined || links.some((l) => l.name === stream)) return;
    link.name = stream;
  };
  for (const link of unnamed()) {
    const user = link.holders.find(({ pid }) => pid === container);
    name(link, streamOf(user?.fds));
  }
  for (const link of unnamed()) {
    const others = link.holders.filter(({ pid }) => pid !== shim);
    name(link, others.map(({ fds }) => streamOf(fds)).find(Boolean));
  }
  const both = unnamed().filter((link) => {
    const holder = link.holders.find(({ pid }) => pid === shim);
    return holder?.reads && holder.writes;
  });
  // The shim keeps the container's end of stdin alone.
  if (both.length === 1) name(both[0], "stdin");
  if (all.length === STREAMS.length) {
    all.forEach((link, index) => {
      if (link.name === "unknown") name(link, STREAMS[index]);
    });
  }
  return links;
}

/**
 * Whether the shim was started with a pipe: its standard streams, and what
 * else the daemon has not closed. Of its own it reads each, and the daemon has
 * none.
 */
function isInherited(
  { holders }: PipeFacts,
  shim: number,
  parent: number,
): boolean {
  const own = holders.find(({ pid }) => pid === shim);
  return own === undefined || !own.reads || own.fds.some((fd) => fd <= 2) ||
    holders.some(({ pid }) => pid === parent);
}

function streamOf(fds: readonly number[] = []): StreamName | undefined {
  return STREAMS[fds.find((fd) => fd <= 2) ?? -1];
}

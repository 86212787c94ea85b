import type { Holder, LinkFacts, StreamName } from "./inspect_facts.ts";

/** A pipe of which the shim has an end, with everybody who has one. */
export interface PipeFacts {
  /** `pipe:[1234]` */
  object: string;
  holders: Holder[];
}

const STREAMS: readonly StreamName[] = ["stdin", "stdout", "stderr"];

/**
 * Tells which pipe is which. The shim makes those of stdin, stdout and stderr
 * in this order; whoever uses one has it as descriptor 0, 1 or 2.
 *
 * @param container its pid, or undefined
 * @param call the pid of a call of the runtime, or undefined
 */
export function nameLinks(
  pipes: readonly PipeFacts[],
  shim: number,
  container: number | undefined,
  call: number | undefined,
): LinkFacts[] {
  const own = (pipe: PipeFacts) =>
    pipe.holders.find(({ pid }) => pid === shim)?.fds ?? [];
  const links = pipes
    // The shim's own standard streams are no business of the container.
    .filter((pipe) => own(pipe).every((fd) => fd > 2))
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
  if (all.length === STREAMS.length) {
    all.forEach((link, index) => {
      if (link.name === "unknown") name(link, STREAMS[index]);
    });
  }
  return links;
}

function streamOf(fds: readonly number[] = []): StreamName | undefined {
  return STREAMS[fds.find((fd) => fd <= 2) ?? -1];
}

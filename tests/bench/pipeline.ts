import { close, mkfifo, O, open, write } from "../support/posix.ts";
import { children } from "../support/processes.ts";
import { helper, Tool } from "./helper.ts";
import { cpuSeconds } from "./process_costs.ts";
import { Session } from "./session.ts";
import { Stamps } from "./stamps.ts";
import type { Workplace } from "./workplace.ts";

/** Which bytes go through. */
export interface Load {
  /** Of the container: its stdout, its stdin, or stdout on a terminal. */
  stream: "stdout" | "stdin" | "terminal";
  total: number;
  /** What one write(2) takes. */
  block: number;
}

/** What stands between the two ends. */
export type Middle =
  | { kind: "shim"; path: string }
  /** cat(1), from a pipe (or the terminal's master) to a FIFO. */
  | { kind: "cat" }
  /** Nothing: one pipe or terminal between source and sink. */
  | { kind: "direct" };

/** Of what stands in the middle; "direct" has no costs. */
export interface Throughput {
  /** MB (10⁶ bytes) per second, from the first byte written to the last read. */
  rate: number;
  /** Processor seconds per GB (10⁹ bytes). */
  cpu: number;
}

/** Sends the load through and waits until it has arrived. */
export function throughput(
  workplace: Workplace,
  middle: Middle,
  load: Load,
): Promise<Throughput> {
  if (middle.kind === "shim") return throughShim(workplace, middle.path, load);
  if (load.stream === "stdin") return inwardsThroughCat(workplace, load);
  return throughFloor(workplace, middle.kind, load);
}

async function throughShim(
  workplace: Workplace,
  shim: string,
  load: Load,
): Promise<Throughput> {
  const { stream, total, block } = load;
  const inwards = stream === "stdin";
  const source = ["source", "STAMPS", "GATE", `${total}`, `${block}`];
  await using session = new Session(workplace, {
    shim,
    init: inwards ? ["sink", "STAMPS", `${total}`] : source,
    terminal: stream === "terminal",
    stdoutReader: inwards ? "session" : "other",
  });
  const { stamps } = session;
  await using _other = inwards
    ? new Tool(sourceArgs(session, load))
    : new Tool(["sink", stamps.path, `${total}`, session.stream("stdout")]);
  await session.running();
  await stamps.take("ready");
  await stamps.take("sink");
  return await timed(stamps, load, session.pid, () => session.openGate());
}

function sourceArgs(session: Session, { total, block }: Load): string[] {
  const { stamps, gatePath } = session;
  const path = session.stream("stdin");
  return ["source", stamps.path, gatePath, `${total}`, `${block}`, path];
}

async function throughFloor(
  workplace: Workplace,
  kind: "cat" | "direct",
  load: Load,
): Promise<Throughput> {
  using ends = new Ends(workplace);
  const link = load.stream === "terminal" ? "terminal" : "pipe";
  const sink = ["sink", ends.stamps.path, `${load.total}`];
  const middle = kind === "cat"
    ? ["/bin/sh", "-c", 'exec cat >"$0"', ends.fifo]
    : [helper(), ...sink];
  const source = [helper(), ...ends.source(load)];
  await using tool = new Tool(["between", link, ...source, "--", ...middle]);
  await using _sink = kind === "cat"
    ? new Tool([...sink, ends.fifo])
    : undefined;
  await ends.ready();
  const { rate, cpu } = await timed(ends.stamps, load, tool.pid, ends.open);
  return { rate, cpu: kind === "cat" ? cpu : NaN };
}

/** From a FIFO to a pipe, as the shim carries stdin. */
async function inwardsThroughCat(
  workplace: Workplace,
  load: Load,
): Promise<Throughput> {
  using ends = new Ends(workplace);
  const sink = [helper(), "sink", ends.stamps.path, `${load.total}`];
  const cat = ["/bin/sh", "-c", 'exec cat <"$0"', ends.fifo];
  await using tool = new Tool(["between", "pipe", ...cat, "--", ...sink]);
  await using _source = new Tool([...ends.source(load), ends.fifo]);
  await ends.ready();
  const [{ pid }] = children(tool.pid);
  return await timed(ends.stamps, load, pid, ends.open);
}

/** What both ends of a floor need: stamps, a gate, and a FIFO. */
class Ends implements Disposable {
  readonly stamps: Stamps;
  readonly fifo: string;
  readonly #gatePath: string;
  readonly #gate: number;

  constructor(workplace: Workplace) {
    const directory = workplace.directory();
    this.stamps = new Stamps(`${directory}/stamps`);
    this.fifo = `${directory}/fifo`;
    this.#gatePath = `${directory}/gate`;
    mkfifo(this.fifo, 0o600);
    mkfifo(this.#gatePath, 0o600);
    this.#gate = open(this.#gatePath, O.RDWR | O.NONBLOCK);
  }

  source({ total, block }: Load): string[] {
    return [
      "source",
      this.stamps.path,
      this.#gatePath,
      `${total}`,
      `${block}`,
    ];
  }

  async ready(): Promise<void> {
    await this.stamps.take("ready");
    await this.stamps.take("sink");
  }

  open = () => void write(this.#gate, new Uint8Array(1));

  [Symbol.dispose](): void {
    close(this.#gate);
    this.stamps[Symbol.dispose]();
  }
}

async function timed(
  stamps: Stamps,
  { total }: Load,
  pid: number,
  openGate: () => void,
): Promise<Throughput> {
  const before = cpuSeconds(pid);
  openGate();
  const first = (await stamps.take("first")).at;
  const last = (await stamps.take("last")).at;
  const cpu = cpuSeconds(pid) - before;
  return {
    rate: total / 1e6 / ((last - first) / 1e9),
    cpu: cpu / (total / 1e9),
  };
}

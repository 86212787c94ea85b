import { close, mkfifo, O, open, write } from "../support/posix.ts";
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
  { stream, total, block }: Load,
): Promise<Throughput> {
  const directory = workplace.directory();
  const path = (name: string) => `${directory}/${name}`;
  using stamps = new Stamps(path("stamps"));
  mkfifo(path("gate"), 0o600);
  mkfifo(path("out"), 0o600);
  const gate = open(path("gate"), O.RDWR | O.NONBLOCK);
  using _gate = { [Symbol.dispose]: () => close(gate) };

  const link = stream === "terminal" ? "terminal" : "pipe";
  const source = [stamps.path, path("gate"), `${total}`, `${block}`];
  const between = ["between", link, helper(), "source", ...source, "--"];
  const sink = ["sink", stamps.path, `${total}`];
  const middle = kind === "cat"
    ? ["/bin/sh", "-c", 'exec cat >"$0"', path("out")]
    : [helper(), ...sink];
  await using tool = new Tool([...between, ...middle]);
  await using _sink = kind === "cat"
    ? new Tool([...sink, path("out")])
    : undefined;
  await stamps.take("ready");
  await stamps.take("sink");
  const load = { stream, total, block };
  const open_ = () => void write(gate, new Uint8Array(1));
  const { rate, cpu } = await timed(stamps, load, tool.pid, open_);
  return { rate, cpu: kind === "cat" ? cpu : NaN };
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

/** Starts a container with a given runtime, as facts to be judged. */
import { O_RDONLY, O_RDWR } from "../../../ffi/constants.ts";
import { open } from "../../../ffi/fd.ts";
import { becomeSubreaper } from "../../../ffi/process.ts";
import { childEvents } from "../../../ffi/signals.ts";
import { EventLoop } from "../../../src/loop/event_loop.ts";
import type { ProcessState } from "../../../src/daemon/process_state.ts";
import { Reaper } from "../../../src/processes/reaper.ts";
import { Runtime } from "../../../src/runtime/calls.ts";
import { startContainer } from "../../../src/life/start.ts";
import { PipedStdio } from "../../../src/streams/pipes.ts";
import { TerminalStdio } from "../../../src/streams/terminal.ts";
import { fdsNow } from "../own_files.ts";
import { freeChildDescriptor, leakedSince } from "./stage.ts";

/** The order: the runtime's path, and what differs from a plain create. */
const { runtime: command, restored, ...given } = JSON.parse(Deno.args[0]);

const state: ProcessState = {
  terminal: false,
  exec: false,
  stdin: "/dev/null",
  stdout: "output",
  stderr: "errors",
  runtimeArgs: [],
  noPivotRoot: false,
  checkpoint: "",
  rootUid: 0xffffffff,
  rootGid: 0xffffffff,
  capabilities: "object",
  ...given,
};

freeChildDescriptor();
becomeSubreaper();
for (const name of ["output", "errors"]) Deno.writeTextFileSync(name, "");
const loop = new EventLoop();
const events = childEvents();
const runtime = new Runtime(
  command,
  loop,
  new Reaper(events.fd, loop),
  { fd: open(".", O_RDONLY, "home"), path: Deno.cwd() },
  open("/dev/null", O_RDWR, '"/dev/null"'),
  events.blockedBefore,
);
const warnings: string[] = [];
const warn = (message: string) => void warnings.push(message);
const checkpoint = restored
  ? { tcp: false, unixSockets: false, shell: false, emptyNS: [] }
  : undefined;

const before = fdsNow();
const relaying = { loop, spool: undefined, warn };
const stdio = state.terminal
  ? await TerminalStdio.open(state, relaying, performance.now() + 10_000)
  : await PipedStdio.open(state, relaying, performance.now() + 10_000);
const context = {
  id: "box",
  bundle: "",
  stateDir: Deno.cwd(),
  state,
  calls: "create" as const,
};
let outcome = "started";
try {
  startContainer({ runtime, loop, context, checkpoint, warn }, stdio);
} catch (error) {
  outcome = `${(error as Error).name}: ${(error as Error).message}`;
}
const attached = stdio.kind === "terminal" && !stdio.drained;
// The word that the runtime left on the terminal, or in the pipe.
loop.runUntil(
  () => Deno.statSync("output").size > 0,
  performance.now() + (outcome === "started" && !restored ? 10_000 : 0),
);
stdio[Symbol.dispose]();
console.log(JSON.stringify({
  outcome,
  attached,
  warnings,
  output: Deno.readTextFileSync("output"),
  leaked: leakedSince(before),
}));

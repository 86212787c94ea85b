import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseProcessState } from "../../src/daemon/process_state.ts";
import { Run } from "../support/harness.ts";
import { lstatOrNone } from "../support/look.ts";
import { Rest } from "../support/rest.ts";
import { startWaitingForConsole } from "../support/waiting_console.ts";
import {
  expectedOutcome,
  Peer,
  type PeerAction,
  peerActions,
} from "./console_properties.ts";
import { askedBy, sizesAskedBy } from "./control_model.ts";
import { type FuzzProperty, property } from "./fuzz_property.ts";
import {
  bytesOf,
  controlStream,
  cut,
  cuts,
  joined,
  mutate,
  mutations,
  pidText,
} from "./inputs.ts";

/** 1/100 s of processor time that a shim may take for what it is given here. */
const CPU_TICKS = 200;

/** The same inputs, given to the compiled program. */
export const executableProperties: readonly FuzzProperty[] = [
  property({
    isSlow: true,
    name: "the shim sets the sizes that the control FIFO's grammar says",
    cases: 2,
    arbitraries: [
      fc.array(fc.tuple(controlStream, cuts), {
        minLength: 60,
        maxLength: 60,
        size: "max",
      }),
    ],
    check: checkControl,
  }),
  property({
    isSlow: true,
    name: "the shim believes a pid file that names its child, and no other",
    cases: 16,
    arbitraries: [pidText],
    check: checkPidFile,
  }),
  property({
    isSlow: true,
    name: "the shim refuses a damaged process.json in its parser's words",
    cases: 16,
    arbitraries: [mutations],
    check: checkProcessJson,
  }),
  property({
    isSlow: true,
    name: "the shim takes a terminal over its console socket, or says why not",
    cases: 12,
    arbitraries: [peerActions],
    check: checkConsole,
  }),
];

/** Ends whatever was begun: a message is over at a rune that does not fit. */
const RESYNC = bytesOf("\n!\n");

async function checkControl(
  streams: [Uint8Array<ArrayBuffer>, number[]][],
): Promise<void> {
  await using run = new Run();
  run.setup({
    init: ["/bin/sh", "-c", "read line < $0; exit 5", run.gatePath],
    terminal: true,
  });
  await run.start({ strace: "ioctl" });
  await run.initPid();
  await run.until(
    () => run.shimFds().some(({ link }) => link.endsWith("/ptmx")),
    "the shim has the terminal",
  );
  await run.untilRunning();
  await settled(run);
  const fds = run.shimFds().length;
  const begun = run.cpuTicks();
  const all: Uint8Array[] = [];
  for (const [stream, lengths] of streams) {
    for (const piece of [...cut(stream, lengths), RESYNC]) {
      run.control(piece);
      all.push(piece);
    }
    await run.until(() => run.controlPending() === 0, "control is read");
  }
  const closes = askedBy(joined(all))
    .some(({ kind }) => kind === "close-stdin");
  strictEqual(run.shimFds().length, closes ? fds - 1 : fds, "descriptors");
  const used = run.cpuTicks() - begun;
  ok(used < CPU_TICKS, `${used} ticks of processor time`);
  await run.gate();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "5");
  deepStrictEqual(await run.winsizeIoctls(), sizesAskedBy(joined(all)));
}

async function checkPidFile(text: string): Promise<void> {
  // What C's printf and a NUL-terminated text cannot say is left out.
  const literal = text.replaceAll("\0", "");
  await using run = new Run();
  const naming = literal.includes("PID")
    ? { format: literal.replaceAll("%", "%%").replaceAll("PID", "%d") }
    : { literal };
  run.setup({
    init: ["/bin/sh", "-c", "exit 5"],
    runtime: { create: { pidFile: naming } },
  });
  await run.start();
  await run.untilExit();
  const init = await run.initPid();
  const written = literal.replaceAll("PID", String(init));
  // Go's ParseInt takes a sign and leading zeros.
  const isInit = /^\+?0*[1-9][0-9]*$/.test(written) &&
    Number(written) === init;
  expectLife(run, isInit, "5");
}

async function checkProcessJson(
  changes: Parameters<typeof mutate>[1],
): Promise<void> {
  await using run = new Run();
  const original = JSON.stringify(run.defaultProcess());
  const bytes = mutate(bytesOf(original), changes);
  const refusal = refusalOf(bytes);
  // What the parser takes is another test's.
  fc.pre(refusal !== undefined);
  run.setup({ processJson: bytes });
  await run.start();
  await run.untilExit();
  strictEqual(run.shimResult(), 1);
  deepStrictEqual(run.shimLog(), [{ level: "error", msg: refusal }]);
  strictEqual(run.calls().length, 0);
}

function refusalOf(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  try {
    parseProcessState(bytes);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function checkConsole(actions: PeerAction[]): Promise<void> {
  await using run = new Run();
  // The peer is this test: the runtime waits until it has done its part.
  const socket = await startWaitingForConsole(run);
  const outcome = expectedOutcome(actions);
  {
    using peer = new Peer(socket);
    for (const action of actions) {
      if (lstatOrNone(socket) === undefined) break;
      peer.act(action);
      await settled(run);
    }
    // A peer that never says anything would be waited for.
    if (outcome === "none") peer.closeFirst();
  }
  await run.gate();
  await run.untilExit();
  expectLife(run, outcome === "received", "5");
  deepStrictEqual([...Deno.readDirSync(run.tmp)], [], "left in TMPDIR");
}

/** Until the shim waits again: everything so far has been taken in. */
async function settled(run: Run): Promise<void> {
  const rest = new Rest([run.pid]);
  await run.until(() => rest.lasted() > 50 || run.exited, "the shim waits");
}

/** A whole life with this exit status; or none, and the reason in the log. */
function expectLife(run: Run, isWhole: boolean, status: string): void {
  const log = run.shimLog();
  if (isWhole) {
    strictEqual(run.stateFile("exitStatus"), status);
    strictEqual(run.shimResult(), 0);
    deepStrictEqual(log, []);
    return;
  }
  strictEqual(run.stateFile("exitStatus"), undefined);
  strictEqual(run.shimResult(), 1);
  strictEqual(log.at(-1)?.level, "error", JSON.stringify(log));
}

/** What src/runtime/calls.ts does with a runtime, as facts to be judged. */
import { O_RDONLY, O_RDWR } from "../../../ffi/constants.ts";
import { open } from "../../../ffi/fd.ts";
import { childEvents } from "../../../ffi/signals.ts";
import { EventLoop } from "../../../src/loop/event_loop.ts";
import { Reaper } from "../../../src/processes/reaper.ts";
import { type CallStdio, Runtime } from "../../../src/runtime/calls.ts";
import { fdsNow } from "../own_files.ts";
import { children } from "../processes.ts";
import {
  freeChildDescriptor,
  leakedSince,
  play,
  withRoomFor,
} from "./stage.ts";

const [, command] = Deno.args;

freeChildDescriptor();
const loop = new EventLoop();
const events = childEvents();
const reaper = new Reaper(events.fd, loop);
const home = { fd: open(".", O_RDONLY, "home"), path: Deno.cwd() };
const nothing = open("/dev/null", O_RDWR, '"/dev/null"');
const stdio: CallStdio = [nothing, nothing, nothing];
const runtime = new Runtime(
  command,
  loop,
  reaper,
  home,
  nothing,
  events.blockedBefore,
);

function describe(action: () => unknown): string {
  try {
    action();
    return "no error";
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether descriptors are as they were, and no child is left. */
function clean<T>(
  action: () => T,
): { result: T; left: number; leaked: string[] } {
  const before = fdsNow();
  const result = action();
  return {
    result,
    left: children(Deno.pid).length,
    leaked: leakedSince(before),
  };
}

await play({
  call(_command: string, bundle: string, ...args: string[]) {
    const order: string[] = [];
    const called = [runtime.called];
    const facts = clean(() => {
      const ending = runtime.call(args, bundle, stdio, () => {
        order.push("started");
        called.push(runtime.called);
      });
      order.push("ended");
      return ending;
    });
    return { ...facts, order, called, back: Deno.cwd() };
  },

  output(_command: string, limit: string, bundle: string, ...args: string[]) {
    const facts = clean(() =>
      runtime.callForOutput(args, bundle, Number(limit))
    );
    return { ...facts, back: Deno.cwd() };
  },

  /** With no descriptor left, to listen to it or to look at anything. */
  exhausted() {
    return clean(() =>
      withRoomFor(0, () => runtime.callForOutput(["delete", "box"], ""))
    );
  },

  errors(_command: string, bundle: string) {
    return {
      ...clean(() => ({
        call: describe(() =>
          runtime.call(["create"], bundle, stdio, () => {
            throw new Error("it was not started");
          })
        ),
        output: describe(() => runtime.callForOutput(["delete"], bundle)),
      })),
      called: runtime.called,
      back: Deno.cwd(),
    };
  },

  /** Ends with its own child still running, which holds its output. */
  background() {
    const facts = clean(() => {
      const { ending, output } = runtime.callForOutput([], "");
      const pid = Number(output);
      // Not a child of this process: it was not adopted.
      Deno.kill(pid, "SIGKILL");
      return { ending, numeric: pid > 0 };
    });
    return facts;
  },
});

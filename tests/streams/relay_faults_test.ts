import assert from "node:assert/strict";
import { relayProperty } from "../robustness/relay_properties.ts";
import { faultyStreams, type StreamFault } from "../support/faulty_streams.ts";
import { TempDir } from "../support/own_files.ts";

/** Faults between the machine and the loop, and some that show only there. */
const FAULTS: ({ name: string } & StreamFault)[] = [
  {
    name: "the sink is never watched",
    file: "relay.ts",
    text: 'sink ? "output" : "none"',
    by: '"none"',
  },
  {
    name: "the source is watched all the time",
    file: "relay.ts",
    text: 'source ? "input" : "none"',
    by: '"input"',
  },
  {
    name: "what is watched does not follow the stream",
    file: "relay.ts",
    text: "if (this.#stream.ended) return this.#end();\n    this.#arm();",
    by: "if (this.#stream.ended) return this.#end();",
  },
  {
    name: "the end is not noticed",
    file: "relay.ts",
    text: "if (this.#stream.ended) return this.#end();\n    this.#arm();",
    by: "this.#arm();",
  },
  {
    name: "a sink that stays full is not told",
    file: "relay.ts",
    text: "late: () => this.#serve(() => stream.sinkStuck()),",
    by: "",
  },
  {
    name: "a partial write is left, and only the source is watched",
    file: "flow.ts",
    text: "if (flow.head === 0 && flow.spooled === 0) return SOURCE;",
    by: 'if (flow.sink !== "full") return SOURCE;',
  },
];

for (const fault of FAULTS) {
  Deno.test(`relays between pipes show it when ${fault.name}`, async () => {
    using directory = new TempDir();
    const { Relay } = await faultyStreams(directory.path, fault);
    const { failure } = await relayProperty(Relay).run({
      cases: 10_000,
      seed: 1,
    });
    assert.notEqual(failure, undefined);
  });
}

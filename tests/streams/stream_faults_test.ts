import assert from "node:assert/strict";
import { streamProperty } from "../robustness/stream_properties.ts";
import { faultyStreams, type StreamFault } from "../support/faulty_streams.ts";
import { TempDir } from "../support/own_files.ts";

/** Faults of the kinds that there once were, each put into the source again. */
const FAULTS: ({ name: string } & StreamFault)[] = [
  {
    name: "a partial write is left, and only the source is watched",
    file: "flow.ts",
    text: "if (flow.head === 0 && flow.spooled === 0) return SOURCE;",
    by: 'if (flow.sink !== "full") return SOURCE;',
  },
  {
    name: "the source's hang-up is watched while the sink is full",
    file: "flow.ts",
    text: "? IMPATIENT_SINK : SINK;",
    by: "? IMPATIENT_SINK : BOTH;",
  },
  {
    name: "the sink's hang-up is taken by nobody",
    file: "stream.ts",
    text: 'if (!broken || !this.#waitsFor("sink")) return;',
    by: "return;",
  },
  {
    name: "a hang-up that reading does not show is taken by nobody",
    file: "stream.ts",
    text: 'if (!broken || !this.#waitsFor("source")) return;',
    by: "return;",
  },
  {
    name: "a turn goes on as long as something moves",
    file: "stream.ts",
    text: "const TURN = 16;",
    by: "const TURN = 1_000_000;",
  },
  {
    name: "the spool takes what a slow reader has not read yet",
    file: "flow.ts",
    text: 'return flow.sink === "stuck" && flow.spoolHasRoom &&',
    by: "return flow.spoolHasRoom &&",
  },
  {
    name: "a full sink that was not tried is never taken for stuck",
    file: "flow.ts",
    text: 'return flow.spoolHasRoom && flow.source !== "ended" ?',
    by: 'return flow.sink === "full" && flow.spoolHasRoom ?',
  },
  {
    name: "the source is read before the spool is empty",
    file: "flow.ts",
    text: 'if (flow.spooled > 0) return "load";',
    by: 'if (flow.spooled > 0 && flow.source !== "maybe") return "load";',
  },
  {
    name: "the spool is given out before what was taken earlier",
    file: "flow.ts",
    text: "if (flow.head > 0) {",
    by: "if (flow.head > 0 && flow.spooled === 0) {",
  },
  {
    name: "a buffer is given back though not all of it is delivered",
    file: "stream.ts",
    text: "if (this.#flow.head === 0) this.#release();\n  }\n\n  #load",
    by: "this.#release();\n  }\n\n  #load",
  },
  {
    name: "what is held back is watched",
    file: "flow.ts",
    text: 'if (flow.sink === "held") return NOTHING;',
    by: "",
  },
  {
    name: "a stream that was stopped goes on",
    file: "stream.ts",
    text: 'this.#flow.sink = "gone";\n    this.#release();',
    by: "",
  },
  {
    name: "the errno of a failed read is dropped",
    file: "stream.ts",
    text: 'this.#options.refused("source", describeErrno(result.errno));',
    by: "",
  },
  {
    name: "the rest of a partial write is dropped",
    file: "stream.ts",
    text: "return this.#taken(result.bytes);",
    by: "return this.#taken(this.#flow.head);",
  },
  {
    name: "the rest of a partial write begins at the wrong byte",
    file: "stream.ts",
    text: "this.#at += bytes;",
    by: "",
  },
  {
    name: "what is left when the source ends is not delivered",
    file: "flow.ts",
    text: 'if (flow.sink === "gone") return "end";',
    by: 'if (flow.sink === "gone" || flow.source === "ended") return "end";',
  },
  {
    name: "a full sink is tried again instead of waited for",
    file: "stream.ts",
    text: 'this.#flow.sink = "full";',
    by: "",
  },
];

for (const fault of FAULTS) {
  Deno.test(`the model catches it when ${fault.name}`, async () => {
    using directory = new TempDir();
    const { Stream } = await faultyStreams(directory.path, fault);
    const { failure } = await streamProperty(Stream).run({
      cases: 20_000,
      seed: 1,
    });
    assert.notEqual(failure, undefined);
  });
}

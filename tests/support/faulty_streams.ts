import { pathToFileURL } from "node:url";
import { PROJECT } from "./build.ts";
import { mutated, type Mutation } from "./mutant.ts";

/** One text in a file of src/streams, and what to put in its place. */
export interface StreamFault extends Mutation {
  file: "flow.ts" | "stream.ts" | "relay.ts";
}

/**
 * Loads a copy of those files with a fault in one of them.
 *
 * @param directory an empty one, for the copy
 * @returns what the copies of stream.ts and relay.ts export
 */
export async function faultyStreams(
  directory: string,
  fault: StreamFault,
): Promise<
  & typeof import("../../src/streams/stream.ts")
  & typeof import("../../src/streams/relay.ts")
> {
  const project = pathToFileURL(PROJECT).href;
  for (const name of ["flow.ts", "stream.ts", "relay.ts"]) {
    let source = Deno.readTextFileSync(`${PROJECT}/src/streams/${name}`);
    if (name === fault.file) source = mutated(source, fault);
    source = source.replaceAll('"../../ffi/', `"${project}/ffi/`)
      .replaceAll('"../loop/', `"${project}/src/loop/`)
      .replaceAll('"./spool.ts"', `"${project}/src/streams/spool.ts"`);
    Deno.writeTextFileSync(`${directory}/${name}`, source);
  }
  const load = (name: string) =>
    import(pathToFileURL(`${directory}/${name}`).href);
  return { ...await load("stream.ts"), ...await load("relay.ts") };
}

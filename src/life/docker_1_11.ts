import { join } from "@std/path/posix/join";
import { identify } from "../../ffi/path.ts";
import {
  DEFAULT_GENERATION,
  FIRST_GENERATION,
  type Generation,
} from "../daemon/generation.ts";

// Docker 1.11 shows itself by the runtime that it comes with, and by where its
// checkpoints are. So that generation need not be set.

/**
 * What the runc of Docker 1.11 (0.0.9) prints, with success, when it is asked
 * to create: it knows only `start`.
 */
const REFUSAL = "No help topic for 'create'\n";

/** Whether a create that has succeeded without a pid was none. */
export function refusesCreate(printed: string): boolean {
  return printed === REFUSAL;
}

/** Holds that back from the container's stdout, until it is known. */
export function refusalOfCreate(first: Uint8Array): "hold" | void {
  if (first.length !== REFUSAL.length) return;
  if (refusesCreate(new TextDecoder().decode(first))) return "hold";
}

/** The generation that a checkpoint is of, if none is set. */
export function generationOfCheckpoint(
  generation: Generation,
  bundle: string,
  checkpoint: string,
): Generation {
  if (generation !== DEFAULT_GENERATION || checkpoint === "") return generation;
  const config = "config.json";
  const isName = identify(join(checkpoint, config)) === undefined &&
    identify(join(bundle, "checkpoints", checkpoint, config)) !== undefined;
  return isName ? FIRST_GENERATION : generation;
}

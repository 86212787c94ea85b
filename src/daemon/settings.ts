import {
  DEFAULT_GENERATION,
  type Generation,
  GENERATIONS,
} from "./generation.ts";
import type { SpoolSetting } from "../streams/spool.ts";

/** Set in the environment of the daemon, which the shim inherits. */
export const SPOOL_VARIABLE = "DOCKER_CONTAINERD_SHIM_SPOOL";
export const GENERATION_VARIABLE = "DOCKER_CONTAINERD_SHIM_GENERATION";

/** What can be set. */
export interface Settings {
  spool: SpoolSetting | undefined;
  generation: Generation;
}

/**
 * Reads the settings from the environment. A wrong one is no reason not to run
 * a container: it is as if it were not there.
 *
 * @param warn called with what is wrong
 */
export function readSettings(warn: (message: string) => void): Settings {
  const read = <T>(variable: string, parse: (text: string) => T): T => {
    try {
      return parse(Deno.env.get(variable) ?? "");
    } catch (error) {
      warn((error as Error).message);
      return parse("");
    }
  };
  return {
    spool: read(SPOOL_VARIABLE, parseSpoolSetting),
    generation: read(GENERATION_VARIABLE, parseGeneration),
  };
}

/**
 * Reads the generation setting, the Docker version that brought it; the
 * default for "".
 *
 * @throws {Error} when it is something else
 */
export function parseGeneration(text: string): Generation {
  if (text === "") return DEFAULT_GENERATION;
  if (Object.hasOwn(GENERATIONS, text)) return GENERATIONS[text];
  const names = Object.keys(GENERATIONS).join(", ");
  throw new Error(
    `${GENERATION_VARIABLE}: expected one of ${names}, ` +
      `found ${JSON.stringify(text)}`,
  );
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/**
 * Reads the spool setting, `<directory>:<bytes per stream>`, as in
 * `/var/lib/shim-spool:64M`. Undefined for "": there is none.
 *
 * @throws {Error} when it is something else
 */
export function parseSpoolSetting(text: string): SpoolSetting | undefined {
  if (text === "") return undefined;
  const match = /^(\/.*):([0-9]{1,12})([KMG]?)$/.exec(text);
  const limit = match === null ? 0 : Number(match[2]) * UNITS[match[3]];
  if (match === null || limit < 1) {
    throw new Error(
      `${SPOOL_VARIABLE}: expected an absolute directory and a size, as in ` +
        `/var/lib/shim-spool:64M, found ${JSON.stringify(text)}`,
    );
  }
  return { directory: match[1], limit };
}

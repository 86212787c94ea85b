import { environmentVariable } from "../../ffi/environment.ts";
import {
  DEFAULT_GENERATION,
  type Generation,
  generationOf,
  SETTINGS,
} from "./generation.ts";

/** Set in the environment of the daemon, which the shim inherits. */
export const SPOOL_VARIABLE = "DOCKER_CONTAINERD_SHIM_SPOOL";
export const GENERATION_VARIABLE = "DOCKER_CONTAINERD_SHIM_GENERATION";

/** Where and how much of a stream may be kept on disk. */
export interface SpoolSetting {
  directory: string;
  /** For each stream, in bytes. */
  limit: number;
}

/** What can be set. */
export interface Settings {
  spool: SpoolSetting | undefined;
  generation: Generation;
  /** What is set, as `VARIABLE=value`; undefined if the default holds. */
  forced: string | undefined;
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
      return parse(environmentVariable(variable) ?? "");
    } catch (error) {
      warn((error as Error).message);
      return parse("");
    }
  };
  const generation = read(GENERATION_VARIABLE, parseGeneration);
  return {
    spool: read(SPOOL_VARIABLE, parseSpoolSetting),
    generation,
    forced: generation === DEFAULT_GENERATION
      ? undefined
      : `${GENERATION_VARIABLE}=${generation.names[0]}`,
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
  const generation = generationOf(text);
  if (generation !== undefined) return generation;
  throw new Error(
    `${GENERATION_VARIABLE}: expected one of ${SETTINGS.join(", ")}, ` +
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

import type { SpoolSetting } from "./spool.ts";

/** Set in the environment of the daemon, which the shim inherits. */
export const SPOOL_VARIABLE = "DOCKER_CONTAINERD_SHIM_SPOOL";

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
};

/**
 * Reads the spool setting, `<directory>:<bytes per stream>`, as in
 * `/var/lib/shim-spool:64M`. Undefined when there is none.
 *
 * @throws {Error} when it is something else
 */
export function parseSpoolSetting(
  text: string | undefined,
): SpoolSetting | undefined {
  if (text === undefined || text === "") return undefined;
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

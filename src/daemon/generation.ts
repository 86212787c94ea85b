/** What happens when the container's init has ended, besides `exitStatus`. */
export type EndingStep = "kill" | "drain" | "delete" | "exit event";

/**
 * How one generation of Docker uses the shim. Nothing in the arguments or in
 * process.json tells them apart.
 */
export interface Generation {
  /**
   * `start`: the shim has the runtime start the container at once, and
   * checkpoints are names within the bundle. `create`: the daemon starts it.
   */
  readonly calls: "start" | "create";
  readonly ending: readonly EndingStep[];
}

/** Docker 1.13 to 17.06 (containerd 0.2.6 to 0.2.9). */
export const DEFAULT_GENERATION: Generation = {
  calls: "create",
  ending: ["kill", "drain", "delete", "exit event"],
};

/** By the Docker version that brought it. */
export const GENERATIONS: Readonly<Record<string, Generation>> = {
  // containerd 0.2.0 to 0.2.2
  "1.11": { calls: "start", ending: ["delete", "drain", "exit event"] },
  // 0.2.3 to 0.2.5: the daemon kills and deletes
  "1.12": { calls: "create", ending: ["exit event", "drain"] },
  "1.13": DEFAULT_GENERATION,
  // Only the console flag is another, and that is found out for each call.
  "17.06": DEFAULT_GENERATION,
};

/** What happens when the container's init has ended, besides `exitStatus`. */
export type EndingStep = "kill" | "drain" | "delete" | "exit event";

/**
 * How one generation of Docker uses the shim. Nothing in the arguments or in
 * process.json tells them apart.
 */
export interface Generation {
  /** How it is set: by the Docker version that brought it. */
  readonly names: readonly string[];
  /**
   * `start`: the shim has the runtime start the container at once, and
   * checkpoints are names within the bundle. `create`: the daemon starts it.
   */
  readonly calls: "start" | "create";
  /** Whether the daemon has to read stdout before a container starts. */
  readonly reader: "needed" | "not needed";
  /** In this order, once init has ended and `exitStatus` is written. */
  readonly afterInit: readonly EndingStep[];
}

/** Docker 1.11 (containerd 0.2.0 to 0.2.2). */
export const FIRST_GENERATION: Generation = {
  names: ["1.11"],
  calls: "start",
  reader: "not needed",
  afterInit: ["delete", "drain", "exit event"],
};

/**
 * Docker 1.13 to 17.06 (containerd 0.2.6 to 0.2.9). Only the console flag of
 * 17.06 is another, and that is found out for each call.
 */
export const DEFAULT_GENERATION: Generation = {
  names: ["1.13", "17.06"],
  calls: "create",
  reader: "needed",
  afterInit: ["kill", "drain", "delete", "exit event"],
};

const GENERATIONS: readonly Generation[] = [
  FIRST_GENERATION,
  {
    // containerd 0.2.3 and 0.2.4: the daemon kills and deletes
    names: ["1.12"],
    calls: "create",
    reader: "not needed",
    afterInit: ["exit event", "drain"],
  },
  {
    // containerd 0.2.5
    names: ["1.12.5"],
    calls: "create",
    reader: "needed",
    afterInit: ["exit event", "drain"],
  },
  DEFAULT_GENERATION,
];

/** All names of generations. */
export const SETTINGS: readonly string[] = GENERATIONS.flatMap(({ names }) =>
  names
);

export function generationOf(name: string): Generation | undefined {
  return GENERATIONS.find(({ names }) => names.includes(name));
}

/** Every step, in the order in which they are gone through. */
import type { Step } from "../step.ts";
import { exec } from "./exec.ts";
import { life } from "./life.ts";
import { run } from "./run.ts";
import { terminal } from "./terminal.ts";

/** After all others: nothing of a container is left when it has been removed. */
const leftovers: Step = {
  name: "what is left",
  wanted: { shims: 0 },
  async play(world) {
    await world.until(() => world.room.shims() === 0, "no shim is left");
    return { shims: world.room.shims() };
  },
};

export const STEPS: readonly Step[] = [
  ...run,
  ...terminal,
  ...exec,
  ...life,
  leftovers,
];

import type { Run } from "./harness.ts";
import { mutant } from "./mutant.ts";

/** What is done when init has ended, as it stands in src/shim.ts. */
export const STEPS = [
  "return cleanUp(step,",
  "drain(stdio,",
  "stdio.initEnded(",
];

/** What is done when create has succeeded, as it stands in src/life/start.ts. */
export const STARTED = [
  'if (stdio.kind === "pipes") stdio.letGo("deliver"',
  "stdio.started(",
];

// What fails stands in a file beside the state directory, and how many times.
const thrower = (name: string, failed: string) =>
  `{
      const [what, times] = Deno.readTextFileSync("../sabotage").split("*");
      if (${name}.includes(what) && ${failed} < Number(times)) {
        throw new Error("sabotage");
      }
    }\n`;

/**
 * A shim in which handlers and steps throw: see `sabotage`. Built once. It
 * waits one second for a console, not fifteen.
 */
export const sabotaged = () =>
  mutant(
    {
      file: "src/loop/event_loop.ts",
      text: "    if (this.#guard(watch.name, action)) return;\n",
      by: `    const throwing = () => {
      ${thrower("watch.name", "watch.failures")}
      action();
    };
    if (this.#guard(watch.name, throwing)) return;\n`,
    },
    {
      file: "src/loop/limits.ts",
      text: "console: 15_000",
      by: "console: 1_000",
    },
    ...STEPS.map((step) => ({
      file: "src/shim.ts",
      text: `          ${step}`,
      by: `          ${thrower(JSON.stringify(step), "0")}          ${step}`,
    })),
    ...STARTED.map((step) => ({
      file: "src/life/start.ts",
      text: `    ${step}`,
      by: `    ${thrower(JSON.stringify(step), "0")}    ${step}`,
    })),
  );

/**
 * Has the handlers of the watches whose names hold some words throw, so many
 * times, or one of `STEPS`. The run must have a shim of `sabotaged`.
 */
export function sabotage(run: Run, words: string, times: number): void {
  Deno.writeTextFileSync(`${run.root}/sabotage`, `${words}*${times}`);
}

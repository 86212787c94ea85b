import type { Run } from "./harness.ts";
import { mutant } from "./mutant.ts";

/** A shim in which handlers throw: see `sabotage`. Built once. */
export const sabotaged = () =>
  mutant({
    file: "src/loop/event_loop.ts",
    text: "    if (this.#guard(watch.name, action)) return;\n",
    by:
      `    const [what, times] = Deno.readTextFileSync("../sabotage").split("*");
    const thrower = () => {
      if (watch.name.includes(what) && watch.failures < Number(times)) {
        throw new Error("sabotage");
      }
      action();
    };
    if (this.#guard(watch.name, thrower)) return;\n`,
  });

/**
 * Has the handlers of the watches whose names hold some words throw, so many
 * times. The run must have a shim of `sabotaged`.
 */
export function sabotage(run: Run, words: string, times: number): void {
  Deno.writeTextFileSync(`${run.root}/sabotage`, `${words}*${times}`);
}

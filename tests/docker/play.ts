/** Goes through all steps with one shim in the place of the bundle's. */
import type { Outcome } from "./outcome.ts";
import { Room } from "./room.ts";
import { type Side, Stage } from "./stage.ts";
import type { Step } from "./step.ts";

/**
 * Plays the steps and tells each outcome. A step that fails or takes too long
 * is the end of that step only; without a dockerd the others are not tried.
 */
export async function play(
  side: Side,
  steps: readonly Step[],
  tell: (step: Step, outcome: Outcome) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const add = (outcome: Outcome) => {
    tell(steps[outcomes.length], outcome);
    outcomes.push(outcome);
  };
  try {
    Deno.mkdirSync(side.directory);
    await using room = await Room.open(side);
    const stage = new Stage(side, room);
    await stage.prepare();
    for (const step of steps) {
      stage.check();
      add(await stage.play(step));
    }
  } catch (error) {
    const why = (error as Error).message;
    while (outcomes.length < steps.length) add({ kind: "not tried", why });
  }
  return outcomes;
}

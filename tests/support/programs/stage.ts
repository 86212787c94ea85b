import { close } from "../posix.ts";

/** Takes descriptor 17 back from `own_process.ts`, which has kept it free. */
export function freeChildDescriptor(): void {
  close(17);
}

/**
 * Runs the scenario that the first argument names, with the arguments behind
 * it, and prints what it found as JSON.
 */
export async function play(
  scenarios: Record<string, (...args: string[]) => unknown>,
): Promise<void> {
  const [name, ...args] = Deno.args;
  console.log(JSON.stringify(await scenarios[name](...args)));
}

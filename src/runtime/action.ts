import { basename } from "@std/path/posix/basename";

/** What the shim calls the runtime for. */
export const ACTIONS = [
  "create",
  "start",
  "exec",
  "restore",
  "kill",
  "delete",
] as const;

export type Action = typeof ACTIONS[number];

/**
 * What a child of the shim does, if it is a call of the runtime.
 *
 * In front of the runtime there may be the interpreter of a runtime that is a
 * script.
 *
 * @param runtimeArgs from process.json: global options, with values that could
 *   look like an action
 */
export function runtimeAction(
  argv: readonly string[],
  runtime: string,
  runtimeArgs: readonly string[],
): Action | undefined {
  const name = basename(runtime);
  const at = argv.findIndex((argument) => basename(argument) === name);
  if (at === -1) return undefined;
  let rest = argv.slice(at + 1);
  if (rest[0] === "--log" && rest[2] === "--log-format") rest = rest.slice(4);
  if (runtimeArgs.every((argument, index) => rest[index] === argument)) {
    rest = rest.slice(runtimeArgs.length);
  }
  return ACTIONS.find((action) => action === rest[0]);
}

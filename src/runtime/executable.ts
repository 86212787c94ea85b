import { environmentVariable } from "../../ffi/environment.ts";
import { isExecutable } from "../../ffi/path.ts";

/**
 * Where the runtime is: the command itself when it has a slash, else the first
 * match in PATH. Entries of PATH that are not absolute are passed over: what
 * they mean would depend on the directory of the call.
 *
 * @throws {Error} when there is none
 */
export function findExecutable(command: string): string {
  if (command === "") {
    throw new Error(
      "No runtime was given: expected the path of an OCI runtime as the " +
        "third argument, found nothing",
    );
  }
  if (command.includes("/")) return command;
  const path = environmentVariable("PATH") ?? "";
  for (const directory of path.split(":")) {
    if (!directory.startsWith("/")) continue;
    const candidate = `${directory}/${command}`;
    if (isExecutable(candidate)) return candidate;
  }
  throw new Error(
    `Cannot find the runtime "${command}": no such program in PATH "${path}"`,
  );
}

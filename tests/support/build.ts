import { posix } from "node:path";
import { runCommand } from "./command.ts";
import { statOrNone } from "./look.ts";

/** The top of the project, without a slash at its end. */
export const PROJECT = new URL("../..", import.meta.url).pathname
  .replace(/\/$/, "");

/** The executable under test: `SHIM` in the environment, or the built one. */
export function defaultShim(): string {
  const named = Deno.env.get("SHIM");
  return named
    ? posix.resolve(named)
    : `${PROJECT}/build/docker-containerd-shim`;
}

/**
 * Compiles a C source below `tests/` into `build/tests`, unless it is there
 * and newer than its sources. It takes its place by rename(2), so that test
 * processes that do this at once do not disturb each other.
 *
 * @param compiler and its flags besides warnings and optimisation
 * @returns the path of the program, which is called as its source
 * @throws {Error} with the compiler's words
 */
export function compiled(
  source: string,
  ...compiler: readonly string[]
): string {
  const [command, ...flags] = compiler.length > 0
    ? compiler
    : ["gcc", "-static"];
  const name = posix.basename(source, ".c");
  const folder = [Deno.build.arch, command, ...flags].join("-")
    .replaceAll(/[^\w-]/g, "_").slice(-100);
  const target = `${PROJECT}/build/tests/${folder}/${name}`;
  const path = `${PROJECT}/tests/${source}`;
  if (isNewer(target, [path, `${PROJECT}/tests/support/pairs.h`])) {
    return target;
  }
  Deno.mkdirSync(posix.dirname(target), { recursive: true });
  const fresh = `${target}.${crypto.randomUUID()}`;
  const args = [...flags, "-O2", "-Wall", "-Wextra", "-o", fresh, path];
  runCommand(command, args);
  Deno.renameSync(fresh, target);
  return target;
}

function isNewer(target: string, sources: string[]): boolean {
  const built = statOrNone(target)?.mtime;
  return built !== undefined &&
    sources.every((source) => Deno.statSync(source).mtime! < built!);
}

import { posix } from "node:path";

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

const HERE = `${PROJECT}/tests/support`;

/**
 * Compiles `tests/support/<name>.c` to `build/tests/<name>` unless that is
 * newer than its sources, and returns the path. The new file takes its place
 * by rename(2), so test processes that do this at once do not disturb each
 * other. Throws with the compiler's words.
 */
export function cHelper(
  name: "fake_runtime" | "keeper" | "orphans" | "reused_pid" | "writer",
): string {
  const target = `${PROJECT}/build/tests/${name}`;
  const sources = [`${HERE}/${name}.c`, `${HERE}/pairs.h`];
  if (isNewer(target, sources)) return target;
  Deno.mkdirSync(`${PROJECT}/build/tests`, { recursive: true });
  const fresh = `${target}.${Deno.pid}-${crypto.randomUUID()}`;
  compile(sources[0], fresh);
  Deno.renameSync(fresh, target);
  return target;
}

function compile(source: string, target: string): void {
  const args = ["-O2", "-Wall", "-Wextra", "-static", "-o", target, source];
  let result: Deno.CommandOutput;
  try {
    result = new Deno.Command("gcc", { args }).outputSync();
  } catch (error) {
    throw new Error(`Cannot run gcc, which the tests need: ${error}`);
  }
  if (!result.success) {
    const words = new TextDecoder().decode(result.stderr);
    throw new Error(`Cannot compile "${source}":\n${words}`);
  }
}

function isNewer(target: string, sources: string[]): boolean {
  try {
    const built = Deno.statSync(target).mtime!.getTime();
    return sources.every((s) => Deno.statSync(s).mtime!.getTime() < built);
  } catch {
    return false;
  }
}

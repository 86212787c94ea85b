import { fdsNow } from "../own_files.ts";
import { openFds } from "../processes.ts";

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

/** What is open that was not before, when `fdsNow` was asked. */
export function leakedSince(before: readonly string[]): string[] {
  return fdsNow().filter((entry) => !before.includes(entry));
}

const setrlimit = Deno.dlopen("libc.so.6", {
  // int setrlimit(int resource, const struct rlimit *rlim);
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
}).symbols.setrlimit;
const RLIMIT_NOFILE = 7;

/** Does something while only so many descriptors can be opened. */
export function withRoomFor<T>(count: number, action: () => T): T {
  const taken = new Set(openFds(Deno.pid).map(({ fd }) => fd));
  let limit = 0;
  for (let free = 0; free < count; limit++) if (!taken.has(limit)) free++;
  while (taken.has(limit)) limit++;
  setrlimit(RLIMIT_NOFILE, new BigUint64Array([BigInt(limit), 4096n]));
  try {
    return action();
  } finally {
    setrlimit(RLIMIT_NOFILE, new BigUint64Array([4096n, 4096n]));
  }
}

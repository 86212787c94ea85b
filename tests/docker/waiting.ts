/** Waits for a condition; throws what was waited for when the signal says that it is enough. */
export async function untilTrue(
  condition: () => boolean | Promise<boolean>,
  what: () => string,
  signal: AbortSignal,
): Promise<void> {
  while (!await condition()) {
    if (signal.aborted) throw new Error(`waited in vain until ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Kills a process that may have ended by itself. */
export function endAtOnce(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has.
  }
}

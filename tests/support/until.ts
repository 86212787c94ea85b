/**
 * Waits until a condition holds, giving way to everything else meanwhile.
 *
 * @throws {Error} that names what was waited for, after ten seconds
 */
export async function until(
  condition: () => boolean,
  what: string,
): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: it did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * Runs a command to its end.
 *
 * @returns what it printed
 * @throws {Error} with its words when it fails
 */
export function runCommand(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args, env })
    .outputSync();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const words = decoder.decode(stderr) + decoder.decode(stdout);
  throw new Error(`${command} ${args.join(" ")} failed: ${words}`);
}

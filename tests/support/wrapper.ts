import type { Scene } from "./scene.ts";
import { readOrNone } from "./look.ts";

/**
 * Puts a shell script in front of the fake runtime, which is `"$real" "$@"`
 * in it. `$d` is the runtime's directory, `$pidfile` and `$call` are what it
 * was called with.
 */
export function wrapRuntime(run: Scene, script: string): void {
  const real = `${run.runtime}.real`;
  Deno.renameSync(run.runtime, real);
  Deno.writeTextFileSync(
    run.runtime,
    `#!/bin/sh
real=${real} d=${run.runtimeDir}
for word; do
  case $word in
    (create|start|exec|restore|kill|delete) : "\${call:=$word}";;
  esac
  [ "$last" != --pid-file ] || pidfile=$word
  last=$word
done
echo "$call" >>"$d/commands"
${script}
exec "$real" "$@"
`,
    { mode: 0o755 },
  );
}

/** What the wrapped runtime was called for, in order. */
export function wrappedCalls(run: Scene): string[] {
  return readOrNone(`${run.runtimeDir}/commands`)?.trim().split("\n") ?? [];
}

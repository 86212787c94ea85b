import { type Fd, open } from "../../ffi/fd.ts";
import { isExecutable } from "../../ffi/path.ts";
import type { ConsoleFlags, Probe, RuntimeFacts } from "./facts.ts";
import { findExecutable } from "../runtime/executable.ts";

/** Asks a runtime what it is and what it can do, by `--version` and `--help`. */
export async function probeRuntime(command: string): Promise<RuntimeFacts> {
  let path: string;
  try {
    path = findExecutable(command);
    if (!isExecutable(path)) throw new Error(`"${path}" is no executable file`);
  } catch (error) {
    return { kind: "missing", command, reason: (error as Error).message };
  }
  using file = path.isWellFormed() ? undefined : openOrNone(path);
  // Deno takes only paths that are UTF-8.
  const name = file ? `/proc/${Deno.pid}/fd/${file.raw}` : path;
  const [version, help, createHelp] = await Promise.all([
    ask(path, name, ["--version"]),
    ask(path, name, ["--help"]),
    ask(path, name, ["create", "--help"]),
  ]);
  return {
    kind: "found",
    command,
    path,
    version: then(version, (text) => text.trim().split("\n")[0]),
    consoles: then(createHelp, consoleFlags),
    commands: then(help, listedCommands),
  };
}

function then<T, U>(probe: Probe<T>, action: (value: T) => U): Probe<U> {
  return probe.kind === "ok"
    ? { kind: "ok", value: action(probe.value) }
    : probe;
}

/** The flags for a terminal in the help of `create`. */
export function consoleFlags(help: string): ConsoleFlags {
  return {
    socket: /--console-socket(?![-\w])/.test(help),
    path: /--console(?![-\w])/.test(help),
  };
}

/** The commands that the shim and the daemon call. */
export const COMMANDS: readonly string[] = [
  "create",
  "start",
  "exec",
  "kill",
  "delete",
  "restore",
];

/** Those that a help text lists, each at the beginning of a line. */
export function listedCommands(help: string): string[] {
  return COMMANDS.filter((command) =>
    new RegExp(`^[ \\t]*${command}(?![-\\w])`, "m").test(help)
  );
}

/** How long an answer may take, in milliseconds. */
const LIMIT = 5_000;

function openOrNone(path: string): Fd | undefined {
  try {
    return open(path, ["read"], `"${path}"`);
  } catch {
    return undefined;
  }
}

/**
 * What a program prints, on stdout or else on stderr.
 *
 * @param name by which it can be executed
 */
async function ask(
  path: string,
  name: string,
  args: readonly string[],
): Promise<Probe<string>> {
  const what = `${path} ${args.join(" ")}`;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(name, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    return { kind: "failed", reason: `${what}: ${(error as Error).message}` };
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  // What it has started may hold its output open: its own end does not count.
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LIMIT);
  });
  const output = await Promise.race([child.output(), late]);
  clearTimeout(timer);
  if (output === undefined) {
    child.kill("SIGKILL");
    const reason = `${what} did not answer within ${LIMIT / 1000} s`;
    return { kind: "failed", reason };
  }
  const decoder = new TextDecoder();
  const text = decoder.decode(output.stdout) || decoder.decode(output.stderr);
  return text.trim() === ""
    ? { kind: "failed", reason: `${what} printed nothing` }
    : { kind: "ok", value: text };
}

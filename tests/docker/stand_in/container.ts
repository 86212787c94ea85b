/**
 * A container of the stand-in is a directory. The docker command writes into
 * it what is to run, the dockerd starts a shim on it, and the shim leaves
 * there what comes of it.
 */

/** What `docker run` and `docker exec` were told. */
export interface Plan {
  command: readonly string[];
  /** The root file system. */
  root: string;
  streams: "output only" | "with input" | "terminal";
  /** How often it is started again when it fails; `always` after every end. */
  restarts: number | "always";
}

/** What the docker command asks of the dockerd, as a line of JSON. */
export type Request =
  | { kind: "ping" }
  | { kind: "start"; directory: string }
  | { kind: "signal"; directory: string; signal: Deno.Signal }
  | { kind: "resize"; directory: string; rows: number; columns: number };

/** Writes what the shim needs. */
export function furnish(directory: string, plan: Plan): void {
  const { command, root, streams } = plan;
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const files = {
    "plan.json": JSON.stringify(plan),
    streams,
    run: `echo $$ >pid\n[ ! -t 0 ] || tty >tty\nexec chroot '${root}' ${
      words.join(" ")
    }\n`,
    stdout: "",
    stderr: "",
  };
  for (const [name, text] of Object.entries(files)) {
    Deno.writeTextFileSync(`${directory}/${name}`, text);
  }
  if (streams !== "output only") {
    new Deno.Command("mkfifo", { args: [`${directory}/stdin`] }).outputSync();
  }
}

export function planOf(directory: string): Plan {
  return JSON.parse(Deno.readTextFileSync(`${directory}/plan.json`));
}

/** What a file of a container says; undefined while it says nothing. */
export function said(directory: string, name: string): string | undefined {
  try {
    return Deno.readTextFileSync(`${directory}/${name}`).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Waits until a file of a container says something; throws when the container is gone. */
export async function saying(directory: string, name: string): Promise<string> {
  for (;;) {
    const text = said(directory, name);
    if (text !== undefined) return text;
    Deno.statSync(directory);
    await pause();
  }
}

export async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

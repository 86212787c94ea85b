/** Plays the docker command for the tests, as far as the steps use it. */
import {
  furnish,
  pause,
  planOf,
  type Request,
  said,
  saying,
} from "./container.ts";
import { relay } from "./relay.ts";

const [, host, command, ...rest] = Deno.args;
const socket = host.replace("unix://", "");
const graph = socket.replace(/[^/]*$/, "graph");
const containers = `${graph}/containers`;

/** Flags that take a value. */
const VALUED = /^(-t|--time|--signal|--format|--name|--net|--restart)$/;

/** Takes flags off the front: `-dit` is three of them. */
function split(words: readonly string[], taking = VALUED) {
  const flags = new Map<string, string>();
  let i = 0;
  for (; words[i]?.startsWith("-"); i++) {
    if (taking.test(words[i])) flags.set(words[i], words[++i]);
    else if (words[i].startsWith("--")) flags.set(words[i], "");
    else for (const letter of words[i].slice(1)) flags.set(`-${letter}`, "");
  }
  return { flags, operands: words.slice(i) };
}

async function ask(request: Request): Promise<void> {
  const connection = await Deno.connect({ transport: "unix", path: socket });
  await connection.write(new TextEncoder().encode(JSON.stringify(request)));
  const answer = await new Response(connection.readable).text();
  if (answer !== "ok") throw new Error(answer || "the dockerd has gone");
}

function streamsOf(flags: ReadonlyMap<string, string>) {
  if (flags.has("-t")) return "terminal";
  return flags.has("-i") ? "with input" : "output only";
}

async function run(words: readonly string[]): Promise<number> {
  const { flags, operands: [image, ...command] } = split(
    words,
    /^--(name|net|restart)$/,
  );
  const id = flags.get("--name") ??
    crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  const directory = `${containers}/${id}`, root = `${directory}/root`;
  Deno.mkdirSync(directory);
  const copy = ["-a", `${graph}/images/${image}`, root];
  await new Deno.Command("cp", { args: copy }).output();
  const policy = flags.get("--restart") ?? "on-failure:0";
  furnish(directory, {
    command,
    root,
    streams: streamsOf(flags),
    restarts: policy === "always" ? "always" : Number(policy.split(":")[1]),
  });
  await ask({ kind: "start", directory });
  if (flags.has("-d")) {
    console.log(id);
    return 0;
  }
  const code = await relay(directory, ask);
  if (flags.has("--rm")) Deno.removeSync(directory, { recursive: true });
  return code;
}

async function exec(words: readonly string[]): Promise<number> {
  const { flags, operands: [name, ...command] } = split(words, /^$/);
  const directory = `${containers}/${name}/exec-${crypto.randomUUID()}`;
  Deno.mkdirSync(directory);
  const { root } = planOf(`${containers}/${name}`);
  const streams = streamsOf(flags);
  furnish(directory, { command, root, streams, restarts: 0 });
  await ask({ kind: "start", directory });
  return await relay(directory, ask);
}

async function signal(directory: string, name: string): Promise<void> {
  await ask({ kind: "signal", directory, signal: `SIG${name}` as Deno.Signal });
}

async function stop(words: readonly string[]): Promise<number> {
  const { flags, operands: [name] } = split(words);
  const directory = `${containers}/${name}`;
  Deno.writeTextFileSync(`${directory}/stopped`, "yes");
  await signal(directory, "TERM");
  const late = performance.now() + 1000 * Number(flags.get("-t"));
  while (said(directory, "exit") === undefined && performance.now() < late) {
    await pause();
  }
  if (said(directory, "exit") === undefined) await signal(directory, "KILL");
  await saying(directory, "exit");
  return 0;
}

async function remove(words: readonly string[]): Promise<number> {
  for (const name of split(words).operands) {
    const directory = `${containers}/${name}`;
    Deno.writeTextFileSync(`${directory}/stopped`, "yes");
    if (said(directory, "exit") === undefined) {
      await signal(directory, "KILL");
      await saying(directory, "exit");
    }
    Deno.removeSync(directory, { recursive: true });
  }
  return 0;
}

function inspect(words: readonly string[]): number {
  const { flags, operands: [name] } = split(words);
  const directory = `${containers}/${name}`;
  const code = said(directory, "exit");
  const values: Record<string, unknown> = {
    ".State.ExitCode": code ?? 0,
    ".State.Pid": said(directory, "pid"),
    ".State.Running": code === undefined,
    ".State.Status": code === undefined ? "running" : "exited",
    ".RestartCount": said(directory, "restarts") ?? 0,
  };
  console.log(values[flags.get("--format")!.slice(2, -2)]);
  return 0;
}

function copy([from, to]: readonly string[]): number {
  const path = (text: string) =>
    text.replace(/^(\w+):/, `${containers}/$1/root`);
  Deno.copyFileSync(path(from), path(to));
  return 0;
}

async function kill(words: readonly string[]): Promise<number> {
  const { flags, operands: [name] } = split(words);
  await signal(`${containers}/${name}`, flags.get("--signal") ?? "KILL");
  return 0;
}

async function load([file, name]: readonly string[]): Promise<number> {
  const image = `${graph}/images/${name}`;
  Deno.mkdirSync(image, { recursive: true });
  const args = ["-xf", file, "-C", image];
  return (await new Deno.Command("tar", { args }).output()).code;
}

async function logs([name]: readonly string[]): Promise<number> {
  const text = Deno.readFileSync(`${containers}/${name}/stdout`);
  await new Response(text).body!.pipeTo(Deno.stdout.writable);
  return 0;
}

const COMMANDS: Record<
  string,
  (words: readonly string[]) => number | Promise<number>
> = {
  version: () => 0,
  import: load,
  run,
  exec,
  attach: ([name]) => relay(`${containers}/${name}`, ask, "from now on"),
  logs,
  stop,
  kill,
  rm: remove,
  inspect,
  cp: copy,
  async wait([name]) {
    console.log(await saying(`${containers}/${name}`, "exit"));
    return 0;
  },
  ps() {
    for (const { name } of Deno.readDirSync(containers)) console.log(name);
    return 0;
  },
  stats(words) {
    console.log("CONTAINER  CPU %");
    for (const name of split(words).operands) console.log(`${name}  0.00%`);
    return 0;
  },
};

try {
  await ask({ kind: "ping" });
  Deno.exit(await COMMANDS[command](rest));
} catch (error) {
  console.error((error as Error).message);
  Deno.exit(1);
}

/** Plays dockerd for the tests: starts shims, and starts again what has to be. */
import { planOf, type Request, said, saying } from "./container.ts";

const flag = (name: string) => Deno.args[Deno.args.indexOf(name) + 1];
const socket = flag("--host").replace("unix://", "");
const containers = `${flag("--graph")}/containers`;

if (Deno.env.get("STAND_IN_FAULT") === "does not start") {
  console.error("Error starting daemon: Devices cgroup isn't mounted");
  Deno.exit(1);
}
if (Deno.env.get("STAND_IN_FAULT") === "does not answer") {
  await new Promise((resolve) => setTimeout(resolve, 1e9));
}

Deno.mkdirSync(containers, { recursive: true });
for (const { name } of Deno.readDirSync(containers)) {
  const directory = `${containers}/${name}`;
  if (said(directory, "exit") === undefined) watch(directory);
}
Deno.addSignalListener("SIGTERM", () => {
  console.error("Processing signal 'terminated'");
  Deno.exit(0);
});
try {
  Deno.removeSync(socket);
} catch {
  // This is its first start.
}
for await (const client of Deno.listen({ transport: "unix", path: socket })) {
  serve(client);
}

async function serve(client: Deno.Conn): Promise<void> {
  const bytes = new Uint8Array(65536);
  const length = await client.read(bytes);
  const text = new TextDecoder().decode(bytes.subarray(0, length ?? 0));
  let answer = "ok";
  try {
    await act(JSON.parse(text));
  } catch (error) {
    answer = `Error response from daemon: ${error}`;
  }
  try {
    await client.write(new TextEncoder().encode(answer));
  } catch {
    // The client was killed.
  }
  client.close();
}

async function act(request: Request): Promise<void> {
  switch (request.kind) {
    case "ping":
      return;
    case "start":
      start(request.directory);
      return;
    case "signal": {
      const pid = Number(await saying(request.directory, "pid"));
      try {
        Deno.kill(pid, request.signal);
      } catch (error) {
        // Who has just ended needs no signal.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      return;
    }
    case "resize": {
      const { directory, rows, columns } = request;
      const tty = await saying(directory, "tty");
      const size = ["rows", `${rows}`, "cols", `${columns}`];
      await new Deno.Command("stty", { args: ["-F", tty, ...size] }).output();
      return;
    }
    default:
      request satisfies never;
  }
}

function start(directory: string): void {
  const id = directory.slice(containers.length + 1);
  new Deno.Command("docker-containerd-shim", {
    args: [id, directory, "docker-runc"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  watch(directory);
}

/** Starts a container again as its plan says. */
async function watch(directory: string): Promise<void> {
  const { restarts } = planOf(directory);
  let code: string;
  try {
    code = await saying(directory, "exit");
  } catch {
    // It was removed as soon as it had ended.
    return;
  }
  const done = Number(said(directory, "restarts") ?? 0);
  const again = restarts === "always" || (code !== "0" && done < restarts);
  if (!again || said(directory, "stopped")) return;
  Deno.writeTextFileSync(`${directory}/restarts`, `${done + 1}`);
  Deno.removeSync(`${directory}/exit`);
  start(directory);
}

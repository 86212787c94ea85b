import { pause, planOf, type Request, said } from "./container.ts";

/** ^P ^Q */
const DETACH = [0x10, 0x11];

/**
 * Connects a person with a container until that ends: its exit code. 0 when
 * the person detaches.
 */
export async function relay(
  directory: string,
  ask: (request: Request) => Promise<void>,
  shown: "all" | "from now on" = "all",
): Promise<number> {
  const { streams } = planOf(directory);
  const from = (name: string) =>
    shown === "all" ? 0 : Deno.statSync(`${directory}/${name}`).size;
  const outputs = [
    { name: "stdout", at: from("stdout"), to: Deno.stdout },
    { name: "stderr", at: from("stderr"), to: Deno.stderr },
  ];
  const detached = Promise.withResolvers<"detached">();
  let feeder: Deno.ChildProcess | undefined;
  if (streams === "terminal") {
    keepSize(directory, ask);
    passKeys(`${directory}/stdin`).then(detached.resolve);
  } else if (streams === "with input") {
    // It ends with this process, also before somebody has the FIFO open.
    const feed = ["sh", "-c", `exec cat >'${directory}/stdin'`];
    feeder = new Deno.Command("setpriv", {
      args: ["--pdeathsig", "KILL", ...feed],
    }).spawn();
  }
  for (;;) {
    const code = said(directory, "exit");
    for (const output of outputs) {
      const bytes = Deno.readFileSync(`${directory}/${output.name}`);
      for (const end = bytes.length; output.at < end;) {
        output.at += output.to.writeSync(bytes.subarray(output.at, end));
      }
    }
    if (code !== undefined) {
      try {
        feeder?.kill("SIGKILL");
      } catch {
        // It has ended with its input.
      }
      return Number(code);
    }
    if (await Promise.race([pause(), detached.promise])) return 0;
  }
}

/** Gives the container's terminal the size of ours, now and later. */
function keepSize(
  directory: string,
  ask: (request: Request) => Promise<void>,
): void {
  let told = Promise.resolve();
  const tell = () => {
    const { rows, columns } = Deno.consoleSize();
    // One after the other: the last one counts. Who is gone needs no size.
    told = told.then(() => ask({ kind: "resize", directory, rows, columns }))
      .catch(() => {});
  };
  tell();
  Deno.addSignalListener("SIGWINCH", tell);
}

/** Passes on what is typed, until the keys that detach. */
async function passKeys(path: string): Promise<"detached"> {
  // What Deno calls raw still translates line ends.
  new Deno.Command("stty", { args: ["raw", "-echo"], stdin: "inherit" })
    .outputSync();
  using fifo = Deno.openSync(path, { write: true });
  const bytes = new Uint8Array(4096);
  for (let n; (n = await Deno.stdin.read(bytes)) !== null;) {
    const keys = bytes.subarray(0, n);
    if (keys.length === 2 && DETACH.every((key, i) => keys[i] === key)) break;
    fifo.writeSync(keys);
  }
  return "detached";
}

/**
 * `make demo`: plays containerd. It runs containers with the real runc through
 * the compiled shim and tells what happens and when.
 */
import { defaultShim, PROJECT } from "./build.ts";
import { runCommand } from "./command.ts";
import type { Run } from "./harness.ts";
import { isThere } from "./look.ts";
import { monotonicMs } from "./posix.ts";
import { BUNDLE, Container, RUNC } from "./runc.ts";

const colour = Deno.stdout.isTerminal() && !Deno.env.has("NO_COLOR");
const paint = (code: number, text: string) =>
  colour ? `\x1b[${code}m${text}\x1b[0m` : text;
const bold = (text: string) => paint(1, text);
const grey = (text: string) => paint(90, text);

/** Prints steps with the milliseconds since the story began. */
class Story {
  readonly #began = monotonicMs();
  readonly #shown = new Map<string, number>();

  constructor(title: string) {
    console.log(`\n${bold(title)}`);
  }

  step(text: string): void {
    const ms = (monotonicMs() - this.#began).toFixed(1).padStart(8);
    console.log(`${grey(`${ms} ms`)}  ${text}`);
  }

  /** Prints what a container has written since the last time. */
  output(run: Run, stream = "stdout"): void {
    const key = `${run.root} ${stream}`;
    const text = run.text(stream);
    const fresh = text.slice(this.#shown.get(key) ?? 0);
    this.#shown.set(key, text.length);
    for (const line of fresh.replaceAll("\r", "").trimEnd().split("\n")) {
      if (line !== "") {
        console.log(`${grey(`${stream} │`.padStart(13))} ${line}`);
      }
    }
  }
}

/** Something that the demo needs is not there. */
class Missing extends Error {}

const version = (command: string) =>
  runCommand(command, ["--version"]).split("\n")[0];

function introduce(): void {
  if (Deno.uid() !== 0) throw new Missing("runc needs root: sudo make demo");
  const shim = defaultShim();
  const needed: [path: string, how: string][] = [
    [shim, "make build makes it"],
    [`${BUNDLE}/config.json`, "make rootfs makes it"],
    [RUNC, "apt-get install runc installs it"],
  ];
  for (const [path, how] of needed) {
    if (!isThere(path)) throw new Missing(`"${path}" is missing: ${how}`);
  }
  const place = (path: string) => path.replace(`${PROJECT}/`, "");
  console.log(`shim     ${place(shim)}: ${version(shim)}`);
  console.log(`runtime  ${RUNC}: ${version(RUNC)}`);
  console.log(`bundle   ${place(BUNDLE)}: busybox`);
}

function expect(what: string, found: unknown, wanted: unknown): void {
  if (found === wanted) return;
  throw new Error(`Expected ${what} to be ${wanted}, found ${found}`);
}

/** Pipes: attach, go away, attach again, exec, close stdin. */
async function withPipes(): Promise<void> {
  const story = new Story("A container with pipes");
  const script = `echo "hello from $(hostname), pid $$"; read name; ` +
    `echo "hello $name"; echo "a word on stderr" >&2; cat; exit 7`;
  await using container = new Container({ args: ["sh", "-c", script] });
  const { run } = container;
  story.step(
    "state directory: process.json, FIFOs exit, control, stdin, stdout, stderr",
  );
  await container.create();
  story.step(
    `shim is pid ${run.pid}; runc create is done: init is pid ${container.pid()}`,
  );
  await container.start();
  story.step("runc start");
  await run.untilOutput("hello from");
  story.output(run);

  for (const name of ["exit", "stdout", "stderr"]) run.closeReader(name);
  run.closeControl();
  story.step("the daemon goes away: its ends of all FIFOs are closed");
  const stdin = await run.openStdin();
  stdin.tryWrite("world\n");
  await run.until(() => run.waitingIn("stderr") > 0, "there is output");
  story.step(
    `a client typed; ${
      run.waitingIn("stdout")
    } bytes of stdout wait for a reader`,
  );
  for (const name of ["exit", "stdout", "stderr"]) run.attachReader(name);
  run.openControl();
  await run.untilOutput("a word", "stderr");
  story.step("the daemon is back and attaches again");
  story.output(run);
  story.output(run, "stderr");

  await execWithPipes(container, story);

  stdin.tryWrite("last words through cat\n");
  stdin.close();
  run.control("0 0 0\n");
  story.step("control: close stdin");
  await run.untilExit();
  story.output(run);
  await tellTheEnd(container, story, "7");
}

async function execWithPipes(
  container: Container,
  story: Story,
): Promise<void> {
  await using exec = await container.exec([
    "sh",
    "-c",
    'echo "pid $$ beside $(cat /proc/1/comm), pid 1"; exit 3',
  ]);
  story.step(`exec with a shim of its own: pid ${container.pid(exec)}`);
  await exec.untilExit();
  story.output(exec);
  const status = container.exitStatus(exec);
  story.step(`exec has ended: exit status ${status}`);
  expect("the exec's exit status", status, "3");
}

async function tellTheEnd(
  container: Container,
  story: Story,
  wanted: string,
): Promise<void> {
  const { run } = container;
  const status = container.exitStatus();
  const written = run.when("close_write", "exitStatus")!;
  const told = run.when("eof", "exit")!;
  story.step(
    `exitStatus ${bold(status)}; exit hung up ${(told - written).toFixed(1)} ` +
      `ms after it was written; the shim has ended with ${run.shimResult()}`,
  );
  const { success } = await container.runc("state", container.id);
  story.step(
    `runc ${success ? "still knows" : "knows nothing of"} the container`,
  );
  expect("the exit status", status, wanted);
  expect("the shim's exit code", run.shimResult(), 0);
  expect("what runc knows", success, false);
}

/** A terminal: resize, exec in a terminal of its own, kill. */
async function withTerminal(): Promise<void> {
  const story = new Story("A container with a terminal");
  await using container = new Container({
    args: ["sh", "-c", "tty; while read line; do $line; done"],
    terminal: true,
  });
  const { run } = container;
  await container.start();
  story.step(`shim is pid ${run.pid}, init is pid ${container.pid()}`);
  const stdin = await run.openStdin();
  await run.untilOutput("/dev/pts/");
  for (const [width, height] of [[80, 24], [132, 43]]) {
    run.control(`1 ${width} ${height}\n`);
    await run.until(() => run.controlPending() === 0, "the resize is taken");
    story.step(`control: resize to ${width} by ${height}`);
    stdin.tryWrite("stty size\r");
    await run.untilOutput(`${height} ${width}\r\n`);
    story.output(run);
  }
  await execWithTerminal(container, story);
  const { success, text } = await container.runc("kill", container.id, "KILL");
  if (!success) throw new Error(`runc kill failed: ${text}`);
  story.step("runc kill … KILL");
  await run.untilExit();
  await tellTheEnd(container, story, "137");
}

async function execWithTerminal(
  container: Container,
  story: Story,
): Promise<void> {
  await using exec = await container.exec(["tty"], { terminal: true });
  await exec.untilExit();
  story.step(`exec with a terminal: exit status ${container.exitStatus(exec)}`);
  story.output(exec);
}

/** What the daemon finds when a container cannot be started. */
async function withoutCommand(): Promise<void> {
  const story = new Story("A command that does not exist");
  await using container = new Container({ args: ["/no/such/command"] });
  await container.create();
  await container.run.untilExit();
  const log = container.run.stateFile("log.json") ?? "";
  story.step(`the shim has ended with ${container.run.shimResult()}`);
  story.step(`runc's log.json: ${JSON.parse(log.split("\n")[0]).msg}`);
}

try {
  introduce();
  await withPipes();
  await withTerminal();
  await withoutCommand();
  console.log(`\n${bold("All went as it should.")}`);
} catch (error) {
  const text = error instanceof Missing ? error.message : String(error);
  console.error(`\ndemo: ${text}`);
  Deno.exit(1);
}

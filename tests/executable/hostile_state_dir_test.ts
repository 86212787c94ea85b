import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { compiled } from "../support/build.ts";
import { inParallel } from "../robustness/pool.ts";
import {
  KEY_LOG,
  lookedUp,
  MEANT_FOR_THE_SHIM,
  STEERING,
} from "../robustness/environment.ts";
import { Run, type SetupOptions } from "../support/harness.ts";
import { lstatOrNone } from "../support/look.ts";
import { TempDir } from "../support/own_files.ts";
import { openFds } from "../support/processes.ts";
import { connect, send } from "../support/sockets.ts";
import { close, O, open } from "../support/posix.ts";
import { startWaitingForConsole } from "../support/waiting_console.ts";

const NOBODY = 65534;

// ---- temporary files ---------------------------------------------------------

/** What creates something, by system call: where the mode stands. */
const CREATING =
  /^(?:openat\([^,]+, "([^"]*)", [^)]*O_(?:CREAT|TMPFILE)[^)]*, (0\d+)|mkdir(?:at)?\((?:[^,"]+, )?"([^"]*)", (0\d+)|(?:mknod(?:at)?|link(?:at)?|symlink(?:at)?|rename(?:at2?)?)\(.*?"([^"]*)"|bind\(.*sun_path="([^"]*)")/;

/** The shim's own system calls in a life with a terminal. */
async function tracedLife(strace: string): Promise<string[]> {
  const setup = { init: "exit 5", terminal: true };
  await using run = await Run.life(setup, { strace });
  return (await run.straceLines()).filter(({ isShim }) => isShim)
    .map(({ text }) => run.normalise(text));
}

Deno.test("a shim creates its own files, and in TMPDIR one private directory", async () => {
  const traced = await tracedLife("%file,bind,mknod");
  const created = traced.map((text) => CREATING.exec(text))
    .filter((found) => found !== null)
    .map(([_, file, mode, directory, directoryMode, other, socket]) =>
      [file ?? directory ?? other ?? socket, mode ?? directoryMode ?? ""]
        .join(" ").trim()
    );
  deepStrictEqual([...new Set(created)].sort(), [
    "$TMP/pty<RANDOM> 0700",
    "$TMP/pty<RANDOM>/pty.sock",
    ". 0600",
    "exitStatus 0666",
    "shim-log.json 0666",
  ]);
  console.log(`${traced.length} calls with a path, ${created.length} create`);
});

Deno.test("a shim looks for nothing under a name that can be guessed in /tmp", async () => {
  const traced = await tracedLife("%file");
  const looked = traced.flatMap((text) =>
    [...text.matchAll(/"([^"]*)"/g)].map(([_, path]) => path)
  ).filter((path) => /^(\$|\/tmp\/|\/var\/tmp\/|\/dev\/shm\/)/.test(path));
  const known = /^\$(STATE|BUNDLE|RT|IO)\b|^\$TMP\/pty<RANDOM>|^\$SHIM$/;
  const others = looked.filter((path) => !known.test(path));
  deepStrictEqual([...new Set(others)], []);
});

// ---- the console socket ------------------------------------------------------

function stranger(...args: string[]): string[] {
  const program = compiled("robustness/stranger.c");
  const { stdout, stderr, code } = new Deno.Command(program, { args })
    .outputSync();
  const text = new TextDecoder().decode(stdout);
  strictEqual(code, 0, new TextDecoder().decode(stderr) + text);
  return text.trim().split("\n");
}

/** A console socket that anybody gets to, but for its own directory. */
async function startWithSocket(run: Run): Promise<[string, string]> {
  const socket = await startWaitingForConsole(run);
  Deno.chmodSync(run.root, 0o755);
  Deno.chmodSync(run.tmp, 0o777);
  return [socket, socket.slice(0, socket.lastIndexOf("/"))];
}

Deno.test("the console socket's directory is open to its owner alone", async () => {
  await using run = new Run();
  const [socket, directory] = await startWithSocket(run);
  const { mode, uid } = Deno.statSync(directory);
  strictEqual(mode! & 0o7777, 0o700);
  strictEqual(uid, Deno.uid());
  deepStrictEqual(stranger(`${NOBODY}`, "connect", socket), ["refused EACCES"]);
});

Deno.test("the console socket drops another user who gets there all the same", async () => {
  await using run = new Run();
  const [socket, directory] = await startWithSocket(run);
  Deno.chmodSync(directory, 0o777);
  Deno.chmodSync(socket, 0o777);
  for (let attempt = 0; attempt < 3; attempt++) {
    deepStrictEqual(stranger(`${NOBODY}`, "connect", socket), ["dropped"]);
  }
  // It is still there for the runtime.
  const master = open("/dev/ptmx", O.RDWR);
  const connection = connect(socket);
  send(connection, new TextEncoder().encode("/dev/ptmx"), [master]);
  close(connection);
  close(master);
  await run.gate();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "5");
});

// ---- planted files -----------------------------------------------------------

const SECRET = "nobody writes here\n";

/** Puts something of the run in place of a file of the state directory. */
type Plant = (victim: string, path: string, run: Run) => void;

/** A life in a state directory where one name leads elsewhere. */
async function withPlanted(
  name: string,
  plant: Plant,
  setup: SetupOptions = {},
): Promise<Run> {
  const run = new Run();
  try {
    const victim = `${run.root}/victim`;
    Deno.writeTextFileSync(victim, SECRET, { mode: 0o640 });
    run.setup({ init: "exit 5", ...setup });
    const path = `${run.state}/${name}`;
    if (lstatOrNone(path) !== undefined) Deno.removeSync(path);
    plant(victim, path, run);
    await run.start();
    await run.until(() => run.exited, `the shim ends in spite of ${name}`);
    return run;
  } catch (error) {
    await run[Symbol.asyncDispose]();
    throw error;
  }
}

function isUntouched(run: Run): boolean {
  const path = `${run.root}/victim`;
  const { mode, uid } = Deno.statSync(path);
  return Deno.readTextFileSync(path) === SECRET && uid === Deno.uid() &&
    (mode! & 0o7777) === 0o640;
}

const link: Plant = (victim, path) => Deno.symlinkSync(victim, path);
const hardLink: Plant = (victim, path) => Deno.linkSync(victim, path);

for (
  const [kind, plant, reason] of [
    ["link", link, "ELOOP"],
    ["hard link", hardLink, "hard link"],
  ] as const
) {
  Deno.test(`a planted ${kind} shim-log.json is not written through`, async () => {
    await using run = await withPlanted("shim-log.json", plant);
    ok(isUntouched(run));
    strictEqual(run.shimResult(), 2);
    ok(run.text("shim_stderr").includes(reason), run.text("shim_stderr"));
  });

  Deno.test(`a planted ${kind} exitStatus is not written through`, async () => {
    await using run = await withPlanted("exitStatus", plant);
    ok(isUntouched(run));
    const { level, msg } = run.shimLog().at(-1)!;
    strictEqual(level, "error");
    ok(msg.includes("exitStatus") && msg.includes(reason), msg);
    ok(msg.endsWith("the exit status is 5"), msg);
  });
}

Deno.test("a planted link process.json is not believed", async () => {
  await using run = await withPlanted("process.json", (victim, path, run) => {
    Deno.writeTextFileSync(victim, JSON.stringify(run.defaultProcess()));
    Deno.symlinkSync(victim, path);
  });
  strictEqual(run.shimResult(), 1);
  strictEqual(run.calls().length, 0);
  ok(run.shimLog()[0].msg.includes("ELOOP"), run.stateFile("shim-log.json"));
});

Deno.test("a planted link pid is not believed", async () => {
  await using run = await withPlanted("pid", link);
  strictEqual(run.shimResult(), 1);
  ok(run.shimLog()[0].msg.includes("ELOOP"), run.stateFile("shim-log.json"));
  strictEqual(run.stateFile("exitStatus"), undefined);
});

for (
  const [kind, plant] of [["link", link], ["hard link", hardLink]] as const
) {
  Deno.test(`a planted ${kind} log.json is not cut off by the shim`, async () => {
    await using run = await withPlanted("log.json", plant, {
      terminal: true,
      runtime: { flags: "legacy" },
    });
    // The runtime follows it and adds its lines; all of them stay.
    const text = Deno.readTextFileSync(`${run.root}/victim`);
    ok(text.startsWith(SECRET) && text.length > SECRET.length, text);
  });
}

Deno.test("files of another user in the state directory are used as any other", async () => {
  await using run = new Run();
  run.setup({ init: "exit 5" });
  const state = run.state;
  Deno.writeTextFileSync(`${state}/exitStatus`, "137", { mode: 0o600 });
  Deno.writeTextFileSync(`${state}/shim-log.json`, "", { mode: 0o600 });
  for (const { name } of Deno.readDirSync(state)) {
    Deno.chownSync(`${state}/${name}`, NOBODY, NOBODY);
  }
  Deno.chownSync(state, NOBODY, NOBODY);
  await run.start();
  await run.untilExit();
  strictEqual(run.stateFile("exitStatus"), "5");
  ok(run.eof("exit") !== undefined);
  deepStrictEqual(run.shimLog(), []);
});

for (const name of ["exit", "control"]) {
  Deno.test(`a planted link ${name} is not opened`, async () => {
    await using run = await withPlanted(name, link, {
      // The other one is the daemon's.
      readers: ["stdout", "stderr", name === "exit" ? "control" : "exit"],
    });
    ok(isUntouched(run));
    strictEqual(run.shimResult(), 1);
    strictEqual(run.calls().length, 0);
    ok(run.shimLog()[0].msg.includes("ELOOP"), run.stateFile("shim-log.json"));
  });
}

Deno.test("a planted FIFO shim-log.json stops nothing", async () => {
  await using run = await withPlanted(
    "shim-log.json",
    (_, path, run) => run.makeFifo(path),
  );
  strictEqual(run.shimResult(), 2);
  ok(run.text("shim_stderr").includes("shim-log.json"));
  strictEqual(run.calls().length, 0);
});

for (const isRead of [false, true]) {
  const how = isRead ? "that somebody reads " : "";
  Deno.test(`a planted FIFO exitStatus ${how}stops nothing, and swallows nothing`, async () => {
    await using run = new Run();
    run.setup();
    const fifo = `${run.state}/exitStatus`;
    run.makeFifo(fifo);
    const reader = isRead ? open(fifo, O.RDONLY | O.NONBLOCK) : undefined;
    try {
      // A runtime that does not look at what the shim writes.
      const runtime = compiled("robustness/load.c");
      Deno.writeTextFileSync(`${run.bundle}/plan`, "1 10 10 0 10 0 0 5 0");
      await run.start({ args: [run.id, run.bundle, runtime] });
      await run.until(() => run.exited, "the shim ends in spite of the FIFO");
      const log = run.shimLog().map(({ msg }) => msg);
      ok(log.some((msg) => msg.endsWith("the exit status is 5")), `${log}`);
    } finally {
      if (reader !== undefined) close(reader);
    }
  });
}

Deno.test("a shim-log.json that is the daemon's own FIFO of output is not written to", async () => {
  await using run = await withPlanted(
    "shim-log.json",
    (_, path, run) => Deno.linkSync(`${run.io}/stdout`, path),
  );
  strictEqual(run.shimResult(), 2);
  strictEqual(run.text(), "");
});

Deno.test("a directory in place of a file is refused with a reason", async () => {
  for (const name of ["process.json", "exit", "control"]) {
    await using run = await withPlanted(
      name,
      (_, path) => Deno.mkdirSync(path),
      { readers: name === "exit" ? ["stdout", "stderr"] : undefined },
    );
    strictEqual(run.shimResult(), 1, name);
    ok(run.shimLog()[0].msg.includes(name), run.stateFile("shim-log.json"));
  }
});

// ---- modes -------------------------------------------------------------------

Deno.test("what a shim creates has upstream's modes, cut by the umask", async () => {
  for (const [umask, mode] of [[0o022, 0o644], [0o077, 0o600], [0, 0o666]]) {
    await using run = new Run();
    run.setup({ init: "exit 5", terminal: true });
    await run.start({ umask });
    await run.untilExit();
    for (const name of ["shim-log.json", "exitStatus"]) {
      const file = Deno.statSync(`${run.state}/${name}`);
      strictEqual(file.mode! & 0o7777, mode, `${name}, umask ${umask}`);
    }
    strictEqual(parseInt(run.socket()!.dir_mode, 8) & 0o7777, 0o700);
  }
});

// ---- the environment ---------------------------------------------------------

Deno.test("no variable of the engine or the C library steers the shim", async () => {
  const plain = (await lifeWith({})).facts;
  const names = Object.keys(STEERING);
  const alone = Object.keys({ ...lookedUp(), ...KEY_LOG });
  const others = names.filter((name) => !alone.includes(name));
  const groups = alone.map((name) => [name]);
  while (others.length > 0) groups.push(others.splice(0, 10));
  const lives = await inParallel(groups, 3, async (group) => {
    const life = await lifeWith(
      Object.fromEntries(group.map((name) => [name, STEERING[name]])),
    );
    return { group, ...life };
  });
  const loud = lives.filter(({ hasSpoken }) => hasSpoken);
  // Whoever can set it for the daemon can make files anyway.
  const keyLog = JSON.stringify({ ...plain, home: ["keys"] });
  const steered = lives.filter(({ group, facts }) => {
    const found = JSON.stringify(facts);
    return found !== JSON.stringify(plain) &&
      !(group[0] in KEY_LOG && found === keyLog);
  });
  console.log(
    `${names.length} variables tried: ${names.join(" ")}\n` +
      `with an effect on stderr: ${
        loud.map(({ group }) => group).join(" ")
      }\n` +
      `with any other effect: ${steered.map(({ group }) => group).join(" ")}`,
  );
  deepStrictEqual(steered.map(({ group }) => group), []);
  // It makes the engine chatter on stderr, which is the daemon's own, and
  // whoever can set it for the daemon owns the machine.
  deepStrictEqual(loud.map(({ group }) => group), [["DENO_LOG"]]);
});

interface LifeFacts {
  hasSpoken: boolean;
  facts: Record<string, unknown>;
}

async function lifeWith(
  variables: Readonly<Record<string, string>>,
): Promise<LifeFacts> {
  await using run = new Run();
  run.setup({ init: "exit 5", terminal: true });
  const home = `${run.root}/home`;
  Deno.mkdirSync(home);
  const set = Object.entries(variables).map(([name, value]) =>
    [name, value.replaceAll("$HOME", home)] as const
  );
  await run.start({
    addedEnv: { HOME: home, ...Object.fromEntries(set) },
  });
  await run.untilExit();
  const { order: _, shim_stderr, ...facts } = run.facts({
    home: [...Deno.readDirSync(home)].map(({ name }) => name),
  });
  return { hasSpoken: shim_stderr !== "", facts };
}

Deno.test("the variables that the program looks up are all known", async () => {
  using directory = new TempDir();
  const spy = compiled("robustness/getenv_spy.c", "gcc", "-shared", "-fPIC");
  const log = directory.at("names");
  for (const terminal of [false, true]) {
    await using run = new Run();
    run.setup({ init: "exit 5", terminal });
    await run.start({ addedEnv: { LD_PRELOAD: spy, SPY_LOG: log } });
    await run.untilExit();
    strictEqual(run.stateFile("exitStatus"), "5");
  }
  const names = [
    ...new Set(Deno.readTextFileSync(log).trim().split("\n")),
  ].sort();
  console.log(`${names.length} variables looked up`);
  const unknown = names.filter((name) =>
    !(name in STEERING) && !MEANT_FOR_THE_SHIM.test(name)
  );
  // Another denort may know more, which then have to be tried.
  deepStrictEqual(unknown, []);
});

// ---- the container's view ----------------------------------------------------

Deno.test("a process without privileges cannot look into the shim", async () => {
  await using run = new Run();
  run.setup({ init: ["/bin/sh", "-c", "read x < $0", run.gatePath] });
  await run.start();
  await run.untilCall("create", { ended: true });
  // The same user as the shim, as a container's root is, and another.
  for (const uid of [0, NOBODY]) {
    const answers = stranger(`${uid}`, "look", `${run.pid}`);
    ok(answers.length >= 12, answers.join("; "));
    deepStrictEqual(
      answers.filter((line) => !/ (EPERM|EACCES|ESRCH)$/.test(line)),
      [],
    );
  }
});

Deno.test("the container is given nothing but its three streams", async () => {
  for (const terminal of [false, true]) {
    await using run = new Run();
    run.setup({
      init: ["/bin/sh", "-c", "read x < $0", run.gatePath],
      terminal,
    });
    await run.start({ extraFds: { 30: "/etc/passwd", 200: "/etc/hostname" } });
    const init = await run.initPid();
    await run.untilCall("create", { ended: true });
    // Before that it is still the runtime.
    await run.until(() => run.process(init)?.comm === "sh", "it is executed");
    const fds = openFds(init).filter(({ link }) => link !== run.gatePath);
    deepStrictEqual(fds.map(({ fd }) => fd), [0, 1, 2]);
    for (const { link } of fds) {
      ok(terminal ? link.startsWith("/dev/pts/") : /^pipe:/.test(link), link);
    }
    for (const { fds } of run.calls()) {
      deepStrictEqual(fds.map(({ fd }) => fd), [0, 1, 2]);
    }
  }
});

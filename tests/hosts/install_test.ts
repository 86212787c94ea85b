import assert from "node:assert/strict";
import CONFIG from "../../deno.json" with { type: "json" };
import { compiled, defaultShim, PROJECT } from "../support/build.ts";
import { Run } from "../support/harness.ts";
import { TempDir } from "../support/own_files.ts";
import { call, run } from "../tools/run.ts";
import { Host } from "./host.ts";
import { PORTABLE } from "./hosts.ts";
import { isThere } from "../support/look.ts";

const NAME = "docker-containerd-shim";
const VERSION = `${NAME} ${CONFIG.version}\n`;

/** A tree as it is installed; `more` makes its executable another one that is good for nothing. */
async function tree(dir: TempDir, name: string, more = ""): Promise<string> {
  const executable = dir.at(`${name}.executable`);
  Deno.copyFileSync(more ? "/bin/true" : defaultShim(), executable);
  Deno.writeTextFileSync(executable, more, { append: true });
  await run(`${PROJECT}/tools/tree`, [executable, "/usr", dir.at(name)]);
  return dir.at(name);
}

async function install(
  destdir: string,
  ...args: readonly string[]
): Promise<void> {
  const env = { DESTDIR: destdir, FORM: "native" };
  await run(`${PROJECT}/tools/install`, args, env);
}

/** The names of the installed versions. */
function versions(destdir: string): string[] {
  return [...Deno.readDirSync(`${destdir}/usr/lib/${NAME}`)]
    .map(({ name }) => name).sort();
}

function idOf(destdir: string): string {
  return Deno.readLinkSync(`${destdir}/usr/bin/${NAME}`).split("/").at(-2)!;
}

Deno.test("what is installed is a link to a file with its version and content in its name", async () => {
  using dir = new TempDir();
  await install(dir.at("root"), await tree(dir, "tree"));
  const link = dir.at(`root/usr/bin/${NAME}`);
  assert.match(idOf(dir.at("root")), /^\d+\.\d+\.\d+-[0-9a-f]{12}$/);
  assert.equal(await run(link, ["--version"]), VERSION);

  await using life = new Run({ shim: link });
  life.setup({ init: `read x < ${life.gatePath}; exit 4` });
  await life.start();
  await life.untilRunning();
  assert.equal(life.process(life.pid)?.comm, "docker-containe");
  assert.equal(
    Deno.readLinkSync(`/proc/${life.pid}/exe`),
    Deno.realPathSync(link),
  );
  await life.gate();
  await life.untilExit();
  assert.equal(life.stateFile("exitStatus"), "4");
});

Deno.test("no start fails while versions are exchanged", async () => {
  using dir = new TempDir();
  const one = await tree(dir, "one");
  // Another file that does the same: nobody reads the last byte of e_ident.
  const later = Deno.readFileSync(defaultShim());
  later[15] = 1;
  Deno.writeFileSync(dir.at("later"), later, { mode: 0o755 });
  await run(`${PROJECT}/tools/tree`, [
    dir.at("later"),
    "/usr",
    dir.at("other"),
  ]);
  const trees = [one, dir.at("other")];
  const root = dir.at("root");
  await install(root, one);

  let upgrades = 0;
  let over = false;
  const upgrading = (async () => {
    while (!over) await install(root, trees[++upgrades % 2]);
  })();
  try {
    const start = () => run(`${root}/usr/bin/${NAME}`, ["--version"]);
    while (upgrades < 12) {
      const said = await Promise.all([start(), start(), start()]);
      assert.deepEqual(said, [VERSION, VERSION, VERSION]);
    }
  } finally {
    over = true;
    await upgrading;
  }
  assert.equal(versions(root).length, 2);
});

Deno.test("a start that is held for longer than two upgrades works", async () => {
  using dir = new TempDir();
  const held = compiled("hosts/held_start.c");
  const root = dir.at("root");
  await install(root, await tree(dir, "first"));
  const first = idOf(root);
  const child = new Deno.Command(held, {
    args: [`${root}/usr/bin/${NAME}`, "--version"],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const words = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    assert.equal((await words.read()).value, "held\n");
    await install(root, await tree(dir, "second", "2"));
    const second = idOf(root);
    await install(root, await tree(dir, "third", "3"));
    assert.deepEqual(versions(root), [first, second, idOf(root)].sort());
  } finally {
    await child.stdin.close();
  }
  assert.equal((await words.read()).value, VERSION);
  await words.cancel();
  assert.equal((await child.status).code, 0);

  // Nobody runs the first and the second any more, and only one came before the fourth.
  const third = idOf(root);
  await install(root, await tree(dir, "fourth", "4"));
  assert.deepEqual(versions(root), [third, idOf(root)].sort());
});

Deno.test("installing again what is there changes no file", async () => {
  using dir = new TempDir();
  const root = dir.at("root");
  const made = await tree(dir, "tree");
  await install(root, made);
  const executable = Deno.realPathSync(`${root}/usr/bin/${NAME}`);
  const before = Deno.statSync(executable);
  await install(root, made);
  const after = Deno.statSync(executable);
  assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
  assert.equal(versions(root).length, 1);
});

Deno.test("uninstalling takes all of it away, and nothing that is another's", async () => {
  using dir = new TempDir();
  const root = dir.at("root");
  await install(root, await tree(dir, "tree"));
  await install(root, "--uninstall");
  const left = await run("find", [root, "-not", "-type", "d"]);
  assert.equal(left, "");

  const original = `${root}/usr/bin/${NAME}`;
  Deno.writeTextFileSync(original, "upstream's\n");
  await install(root, "--uninstall");
  assert.equal(Deno.readTextFileSync(original), "upstream's\n");
});

Deno.test("the original is replaced by rename, and so is what comes back", async () => {
  using dir = new TempDir();
  const root = dir.at("root");
  const path = `${root}/usr/bin/${NAME}`;
  Deno.mkdirSync(`${root}/usr/bin`, { recursive: true });
  Deno.writeTextFileSync(path, "upstream's\n");
  using original = Deno.openSync(path);
  await install(root, await tree(dir, "tree"));
  assert.ok(Deno.lstatSync(path).isSymlink);
  const bytes = new Uint8Array(64);
  const length = original.readSync(bytes)!;
  assert.equal(
    new TextDecoder().decode(bytes.subarray(0, length)),
    "upstream's\n",
  );
});

Deno.test({
  name: "a C library stays as long as a version that was made for it",
  ignore: !isThere(PORTABLE),
}, async () => {
  using dir = new TempDir();
  const root = dir.at("root");
  const env = { DESTDIR: root, FORM: "portable" };
  const libraries = () =>
    versions(root).filter((name) => name.startsWith("glibc-")).length;
  const native = await tree(dir, "first", "1");
  await run(`${PROJECT}/tools/install`, [native, PORTABLE], env);
  assert.equal(libraries(), 1);
  await install(root, native);
  assert.equal(libraries(), 1, "the one before may be starting");
  await install(root, await tree(dir, "second", "2"));
  assert.equal(libraries(), 0);
});

/** Installs inside a root with nothing but busybox, or with a C library, and starts what is there then. */
async function installInside(
  root: "nothing" | { copyOf: string },
): Promise<string> {
  using dir = new TempDir();
  await run(`${PROJECT}/tools/tree`, [
    defaultShim(),
    "/usr",
    dir.at("package/native"),
  ]);
  await run("cp", ["-al", PORTABLE, dir.at("package/portable")])
    .catch(() => run("cp", ["-a", PORTABLE, dir.at("package/portable")]));
  Deno.copyFileSync(`${PROJECT}/tools/install`, dir.at("package/install"));

  const link = `/usr/bin/${NAME}`;
  const mounts = { "/package": dir.at("package") };
  using host = new Host({ root, program: "/bin/busybox", argv0: "sh", mounts });
  const installed = await host.call(["/package/install"]);
  assert.equal(installed.code, 0, installed.text);
  const { code, text } = await host.call(["-c", `${link} --version`]);
  assert.equal(text, VERSION);
  assert.equal(code, 0);
  return installed.text;
}

Deno.test({
  name: "where there is no C library, the portable form is installed",
  ignore: !isThere(PORTABLE),
}, async () => {
  const said = await installInside("nothing");
  assert.match(said, /does not run with this system's C library/);
  assert.match(said, /taking the portable form/);
  assert.match(said, /installed .*, the portable form/);
});

const DEBIAN_11 = `${PROJECT}/.toolchain/roots/debian-11`;
Deno.test({
  name: "where the C library will do, the native form is installed",
  ignore: !isThere(PORTABLE) || !isThere(DEBIAN_11),
}, async () => {
  const said = await installInside({ copyOf: DEBIAN_11 });
  assert.match(said, /installed .*, the native form/);
});

Deno.test({
  name: "an old glibc is named, and the portable form taken",
  ignore: !isThere(PORTABLE),
}, async () => {
  using dir = new TempDir();
  const native = await tree(dir, "native");
  dir.file("getconf", "#!/bin/sh\necho glibc 2.17\n", 0o755);
  const args = [native, dir.at("none")];
  const { code, err: said } = await call(`${PROJECT}/tools/install`, args, {
    PATH: `${dir.path}:${Deno.env.get("PATH")}`,
    DESTDIR: "",
  });
  assert.match(said, /this system has glibc 2\.17, and 2\.27 is the oldest/);
  assert.match(said, /there is no portable form at .*none: make portable/);
  assert.equal(code, 1);
});

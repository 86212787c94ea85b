import assert from "node:assert/strict";
import { sha256 } from "../support/normalise.ts";
import { PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";
import { run } from "../tools/run.ts";
import { kinds, PORTABLE } from "./hosts.ts";
import { isThere } from "../support/look.ts";

const HOME = "/usr/lib/docker-containerd-shim";
const ignore = !isThere(PORTABLE);

/** What `find` prints of the tree, each path below it. */
async function found(...conditions: string[]): Promise<string[]> {
  const text = await run("find", [
    PORTABLE,
    ...conditions,
    "-printf",
    "/%P\\n",
  ]);
  return text.trim().split("\n").sort();
}

async function executable(): Promise<string> {
  const [path] = await found(
    ...["-type", "f", "-name", "docker-containerd-shim"],
  );
  return path;
}

Deno.test({
  name: "the portable form has its own loader and no other path to libraries",
  ignore,
}, async () => {
  const path = PORTABLE + await executable();
  const interpreter = await run("patchelf", ["--print-interpreter", path]);
  const rpath = await run("patchelf", ["--print-rpath", path]);
  assert.ok(isThere(PORTABLE + interpreter.trim()), interpreter);
  assert.ok(interpreter.startsWith(`${rpath.trim()}/ld-linux-`), rpath);
  assert.match(rpath, new RegExp(`^${HOME}/glibc-\\d+\\.\\d+-[0-9a-f]{8}\n$`));
  const dynamic = await run("readelf", ["-d", path]);
  // LD_LIBRARY_PATH comes after the one, and before the other.
  assert.match(dynamic, /\(RPATH\)/);
  assert.doesNotMatch(dynamic, /\(RUNPATH\)/);
});

Deno.test({
  name: "the portable form says of each file of the C library what it is",
  ignore,
}, async () => {
  const [list] = await found("-name", "components.json");
  const directory = PORTABLE + list.replace("/components.json", "");
  const components: { name: string; sha256: string; licence: string }[] = JSON
    .parse(Deno.readTextFileSync(PORTABLE + list));
  const files = [...Deno.readDirSync(directory)].map(({ name }) => name)
    .filter((name) => /\.so\.\d$/.test(name));
  assert.deepEqual(
    components.map(({ name }) => name.replace(/^.*: /, "")).sort(),
    files.sort(),
  );
  for (const { name, sha256: sum, licence } of components) {
    const [owner, file] = name.split(": ");
    assert.equal(sha256(Deno.readFileSync(`${directory}/${file}`)), sum);
    assert.match(licence, /GPL/);
    assert.ok(isThere(`${directory}/copyright-${owner}`), owner);
  }
});

Deno.test({
  name: "the portable form's bill of materials lists its C library",
  ignore,
}, async () => {
  const [list] = await found("-name", "components.json");
  // The list of what is in an executable lies beside it while its bill is made.
  using dir = new TempDir();
  const copy = dir.at("shim");
  Deno.copyFileSync(PORTABLE + await executable(), copy);
  Deno.copyFileSync(`${PORTABLE}.modules`, `${copy}.modules`);
  const text = await run(`${PROJECT}/tools/deno`, [
    ...["run", "-A", "tools/sbom.ts"],
    `--components=${PORTABLE}${list}`,
    copy,
  ]);
  const names = JSON.parse(text).components.map(
    ({ name }: { name: string }) => name,
  );
  assert.ok(names.includes("denort"));
  assert.ok(names.some((name: string) => /libc\.so\.6$/.test(name)));
});

const kind = kinds().find(({ name }) => /Debian 11, the port/.test(name))!;
Deno.test({
  name:
    "the portable form is not led astray by LD_LIBRARY_PATH, and hands it on",
  ignore: kind.missing !== undefined,
}, async () => {
  using host = kind.open();
  const variable = { LD_LIBRARY_PATH: "/lib/x86_64-linux-gnu" };
  await using life = await host.start({ init: "exit 6" }, {
    env: { PATH: "/bin", TMPDIR: "/tmp", ...variable },
  });
  await life.untilExit();
  assert.equal(life.stateFile("exitStatus"), "6");
  assert.ok(
    life.calls()[0].env.includes("LD_LIBRARY_PATH=/lib/x86_64-linux-gnu"),
  );
});

import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";
import { call, run } from "./run.ts";

const TOOLCHAIN = `${PROJECT}/.toolchain`;
const V8_FLAGS = "--single-threaded --expose-gc";

/** What tools/build says at its end: SHA-256 by what it is of. */
async function build(
  project: string,
  env: Record<string, string> = {},
): Promise<Record<string, string>> {
  const args = [`${project}/build/shim`];
  const { code, err } = await call(`${project}/tools/build`, args, {
    V8_FLAGS,
    ENGINE: "",
    ...env,
  });
  assert.equal(code, 0, err);
  const sums = err.matchAll(/SHA-256 of the (\w+) +(.*)/g);
  return Object.fromEntries(
    Array.from(sums, ([, what, sum]) => [what, sum]),
  );
}

async function cutOutDenort(engine: string): Promise<string> {
  const paths = await run(
    `${PROJECT}/tools/closed_network/provide_denort`,
    [engine, "x86_64"],
  );
  return paths.split("\n")[0];
}

/** A copy of the project for which dl.deno.land answers, and has given its denort already. */
async function projectWithOpenNetwork(
  directory: string,
  engine: string,
): Promise<void> {
  await run("cp", [
    "-r",
    ...["main.ts", "src", "ffi", "tools", "deno.json", "deno.lock"],
    directory,
  ]);
  const toolchain = `${directory}/.toolchain`;
  const zips = `${toolchain}/deno_dir/dl/release/v${engine}`;
  Deno.mkdirSync(zips, { recursive: true });
  Deno.mkdirSync(`${toolchain}/closed`);
  // The rest is of this project alone, or would be written to.
  const shared = /^(deno-\d.*|denort-.*|std|dependencies|esbuild-.*)$/;
  for (const folder of [".", "closed", "deno_dir/dl"]) {
    for (const { name } of Deno.readDirSync(`${TOOLCHAIN}/${folder}`)) {
      if (!shared.test(name)) continue;
      const path = `${folder}/${name}`;
      Deno.symlinkSync(`${TOOLCHAIN}/${path}`, `${toolchain}/${path}`);
    }
  }
  await run("cp", [
    "-r",
    `${TOOLCHAIN}/deno_dir/npm`,
    `${toolchain}/deno_dir/npm`,
  ]);
  const std = Deno.readTextFileSync(`${TOOLCHAIN}/network`)
    .replace(/^denort=.*/m, "denort=open");
  Deno.writeTextFileSync(`${toolchain}/network`, std);

  const denort = `${directory}/denort`;
  Deno.copyFileSync(await cutOutDenort(engine), denort);
  const zip = `${zips}/denort-x86_64-unknown-linux-gnu.zip`;
  await run("zip", ["-q", "-0", "-j", zip, denort]);
  Deno.removeSync(denort);
}

Deno.test({
  name:
    "an executable is the same with denort out of an npm package and as Deno downloads it",
  ignore: Deno.build.arch !== "x86_64",
}, async () => {
  for (const engine of ["2.4.2", "2.7.11"]) {
    using open = new TempDir();
    using closed = new TempDir();
    await projectWithOpenNetwork(open.path, engine);
    const env = { ENGINE: engine };
    const opened = await build(open.path, env);
    // What the portable form is made of.
    const file = await run("bash", [
      "-c",
      `for part in env network engine; do source ${open.path}/tools/$part.sh; done
       choose_engine x86_64 && denort_file x86_64-unknown-linux-gnu`,
    ], env);
    const sum = await run("sha256sum", [file.trim()]);
    assert.equal(sum.split(" ")[0], opened.engine);
    assert.ok(file.startsWith(open.path));
    await run("cp", ["-r", `${open.path}/.`, closed.path]);
    Deno.writeTextFileSync(
      `${closed.path}/.toolchain/network`,
      Deno.readTextFileSync(`${open.path}/.toolchain/network`)
        .replace("denort=open", "denort=closed"),
    );
    assert.deepEqual(await build(closed.path, env), opened);
    assert.match(opened.engine, /^[0-9a-f]{64}$/);
  }
});

import assert from "node:assert/strict";
import { PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";
import CONFIG from "../../deno.json" with { type: "json" };
import { JsrMirror } from "./jsr_mirror.ts";
import { run } from "./run.ts";

const TOOLCHAIN = `${PROJECT}/.toolchain`;
const BUNDLE = ["bundle", "--quiet", "--minify", "--platform", "deno"];
const MODULES = `${PROJECT}/tools/bundle_modules.mjs`;

Deno.test("the bundle is the same with @std/* from JSR and out of the npm package", async () => {
  using dir = new TempDir();
  const [closed, open] = [dir.at("closed.js"), dir.at("open.js")];
  const bundle = (output: string) => [
    ...BUNDLE,
    "--sourcemap=external",
    ...["--output", output],
    "main.ts",
  ];
  const deno = `${PROJECT}/tools/deno`;
  await run(deno, bundle(closed), { NETWORK: "closed" });

  const ways = await run(`${PROJECT}/tools/network_ways`, []);
  if (/^std=open$/m.test(ways)) {
    await run(deno, bundle(open), { NETWORK: "open" });
  } else {
    // JSR's part is played by this machine; its lock file knows nothing of that.
    const lock = dir.at("deno.lock");
    Deno.copyFileSync(`${TOOLCHAIN}/closed/deno.lock`, lock);
    const cache = dir.at("deno_dir");
    Deno.mkdirSync(cache);
    for (const name of ["npm", "dl"]) {
      Deno.symlinkSync(`${TOOLCHAIN}/deno_dir/${name}`, `${cache}/${name}`);
    }
    const targets = Object.values(CONFIG.imports)
      .filter((target) => /^jsr:@std\/(cli|path)@/.test(target));
    assert.equal(targets.length, 4);
    await using mirror = new JsrMirror(`${TOOLCHAIN}/closed/std`, targets);
    await run(Deno.execPath(), [...bundle(open), `--lock=${lock}`], {
      DENO_DIR: cache,
      JSR_URL: mirror.url,
    });
    const { specifiers } = JSON.parse(Deno.readTextFileSync(lock));
    assert.ok(Object.keys(specifiers).some((name) => name.startsWith("jsr:")));
  }
  assert.ok(Deno.readTextFileSync(open) === Deno.readTextFileSync(closed));
  const modules = (output: string) =>
    run("node", [MODULES, PROJECT, `${output}.map`]);
  assert.equal(await modules(open), await modules(closed));
});

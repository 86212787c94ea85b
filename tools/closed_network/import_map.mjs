// import_map.mjs <project> <output folder>
// Derives from deno.json an import map that takes the JSR packages from <output folder>/std, or a stand-in where
// no npm package carries the module, and from deno.lock the lock file that belongs to it: the same npm
// integrities without the JSR part.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Only tests and tools import it: it is in no executable.
const STAND_INS = {
  "jsr:@std/streams@1.0.9/text-line-stream": "text_line_stream.ts",
};

const [project, output] = process.argv.slice(2);
const readJson = (name) =>
  JSON.parse(readFileSync(join(project, name), "utf8"));

function moduleFor(target) {
  const path = realModule(target) ??
    join(project, "tools/closed_network", STAND_INS[target] ?? "");
  if (existsSync(path) && path.endsWith(".ts")) return pathToFileURL(path).href;
  console.error(
    `Without JSR there is no "${target}": tools/closed_network/std_modules.txt lists what there is`,
  );
  process.exit(1);
}

/** What @std exports as "a/b-c" is its file a/b_c.ts. */
function realModule(target) {
  const [, name, version, exported] =
    /^jsr:(@std\/[^@/]+)@([^@/]+)\/(.+)$/.exec(target) ?? [];
  if (name === undefined) return undefined;
  const file = `${exported.replaceAll("-", "_")}.ts`;
  const path = join(output, "std", name, version, file);
  return existsSync(path) ? path : undefined;
}

/** Readers see the old file or the new one, never a part. */
function writeJson(name, value) {
  const path = join(output, name);
  writeFileSync(
    `${path}.${process.pid}`,
    JSON.stringify(value, null, 2) + "\n",
  );
  renameSync(`${path}.${process.pid}`, path);
}

const isJsr = (text) => text.startsWith("jsr:");
const withoutJsr = (record) =>
  Object.fromEntries(
    Object.entries(record ?? {}).filter(([key]) => !isJsr(key)),
  );

const { imports } = readJson("deno.json");
const { jsr: _jsr, ...lock } = readJson("deno.lock");

mkdirSync(output, { recursive: true });
writeJson("import_map.json", {
  imports: Object.fromEntries(
    Object.entries(imports).map((
      [name, target],
    ) => [name, isJsr(target) ? moduleFor(target) : target]),
  ),
});
writeJson("deno.lock", { ...lock, specifiers: withoutJsr(lock.specifiers) });

// import_map.mjs <project> <output folder>
// Derives from deno.json an import map with stand-ins instead of JSR packages, and from deno.lock the lock
// file that belongs to it: the same npm integrities without the JSR part.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const STAND_INS = [
  [/^@std\/cli\/parse-args$/, "parse_args.ts"],
  [/^@std\/path\/posix\/(basename|dirname|join)$/, "path_posix.ts"],
  [/^@std\/streams\/text-line-stream$/, "text_line_stream.ts"],
];

const [project, output] = process.argv.slice(2);
const readJson = (name) =>
  JSON.parse(readFileSync(join(project, name), "utf8"));

function standInFor(specifier) {
  const [, file] = STAND_INS.find(([pattern]) => pattern.test(specifier)) ?? [];
  if (file === undefined) {
    console.error(
      `No stand-in for "${specifier}": add one to tools/closed_network`,
    );
    process.exit(1);
  }
  return pathToFileURL(join(project, "tools/closed_network", file)).href;
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
    ) => [name, isJsr(target) ? standInFor(name) : target]),
  ),
});
writeJson("deno.lock", { ...lock, specifiers: withoutJsr(lock.specifiers) });

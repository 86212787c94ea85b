// bundle_modules.mjs <project> <source map>
// Prints the modules that went into a bundle, one a line: own ones by their path in the project, others as
// npm/<package>/<version>/<file> and @std/<package>/<version>/<file>, from wherever they came.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

const [project, map] = process.argv.slice(2);
const { sources } = JSON.parse(readFileSync(map, "utf8"));

const modules = sources.map((source) => {
  const [std] = /@std\/[^/]+\/\d[^/]*\/.+$/.exec(source) ?? [];
  if (std !== undefined) return std;
  const path = relative(project, resolve(dirname(map), source));
  const [, inNpm] = /\/deno_dir\/npm\/[^/]+\/(.+)$/.exec(`/${path}`) ?? [];
  if (inNpm !== undefined) return `npm/${inNpm}`;
  if (!/^(\.|.*:)/.test(path)) return path;
  console.error(`The bundle has a module of unknown origin: ${source}`);
  process.exit(1);
});
console.log(modules.sort().join("\n"));

/**
 * Builds the shim with one engine after the other and runs the tests of the
 * executable, its budget and a short soak with each.
 */
import { thisMachine } from "../bench/machine.ts";
import { PROJECT } from "../support/build.ts";
import { isThere } from "../support/look.ts";
import { text } from "../support/option_values.ts";
import { FLAG, optionsOf } from "../support/options.ts";
import { buildWith, type Built } from "./engine_build.ts";
import { figuresOf } from "./engine_figures.ts";
import { engineReport, type EngineResult, isGood } from "./engine_report.ts";
import { notApplicableTo } from "./not_applicable.ts";
import { runSuite } from "./suite.ts";
import type { Outcome } from "./tap.ts";

const USAGE = `Usage: engines.ts [options]

  --engines A,B      versions of denort; "2.9.6 CLI" is the bundle under that
                     deno (all that can be had in a closed network, and that)
  --files A,B        suites, by default all tests of the executable
  --short            a few suites by default: no budget, no soak, no figures
  --markdown FILE    writes the table there
  --help`;

const ALL = "tests/executable";
const SHORT = ["life", "terminal", "processes"];

const options = optionsOf(USAGE, {
  engines: text,
  files: text,
  short: FLAG,
  markdown: text,
});
const files = options.files?.split(",") ??
  (options.short
    ? SHORT.map((name) => `tests/executable/${name}_test.ts`)
    : [ALL]);

/** What the CLI leaves in the home directory, unless it was there before. */
const CACHE = `${Deno.env.get("HOME")}/.cache/deno`;

async function tryEngine(engine: string): Promise<EngineResult> {
  const notApplicable: EngineResult["notApplicable"] = [];
  const result: EngineResult = { engine, compiled: true, notApplicable };
  let built: Built;
  try {
    built = await buildWith(engine);
  } catch (error) {
    return { ...result, problem: (error as Error).message };
  }
  const { shim, env, compiled } = built;
  result.compiled = compiled;
  const suite = async (files: readonly string[]): Promise<Outcome> => {
    const outcome = await runTwice(files, shim, env);
    const listed = notApplicableTo(engine);
    const apart = outcome.failed.flatMap(({ name }) => {
      const found = listed.find(([test]) => test.test(name));
      return found ? [{ name, reason: found[1] }] : [];
    });
    notApplicable.push(...apart);
    const names = new Set(apart.map(({ name }) => name));
    return {
      ...outcome,
      failed: outcome.failed.filter(({ name }) => !names.has(name)),
    };
  };
  result.suites = await suite(files);
  if (options.short) return result;
  result.budget = await suite(["tests/bench/budget_test.ts"]);
  result.soak = await soak(shim);
  try {
    result.figures = await figuresOf(shim);
  } catch (error) {
    console.log(`  no figures of ${engine}: ${(error as Error).message}`);
  }
  return result;
}

/**
 * What fails is tried once more by itself: the machine may have had too much
 * other work.
 */
async function runTwice(
  files: readonly string[],
  shim: string,
  env: Record<string, string>,
): Promise<Outcome> {
  const first = await runSuite(files, shim, { env });
  if (first.failed.length === 0) return first;
  const names = first.failed.map(({ name }) =>
    name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  const filter = `/^(${names.join("|")})$/`;
  const second = await runSuite(files, shim, { env, filter });
  return {
    ...first,
    passed: [...first.passed, ...second.passed],
    failed: second.failed,
    secondTry: second.passed,
  };
}

async function soak(shim: string): Promise<EngineResult["soak"]> {
  const { success, stdout } = await new Deno.Command(`${PROJECT}/tools/deno`, {
    args: ["run", "-A", "tests/robustness/soak.ts", "--quick"],
    cwd: PROJECT,
    env: { SHIM: shim },
    stdin: "null",
    stderr: "inherit",
  }).output();
  const words = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
  return { ok: success, words };
}

/** Those of tools/closed_network/engines.txt for this machine, and the CLI. */
function allEngines(): string[] {
  const listed = Deno.readTextFileSync(
    `${PROJECT}/tools/closed_network/engines.txt`,
  ).split("\n").map((line) => line.split(" "))
    .filter(([, machine]) => machine === Deno.build.arch)
    .map(([version]) => version);
  return [...listed, `${Deno.version.deno} CLI`];
}

const cacheWasThere = isThere(CACHE);
const results: EngineResult[] = [];
for (const engine of options.engines?.split(",") ?? allEngines()) {
  const result = await tryEngine(engine);
  results.push(result);
  if (options.markdown !== undefined) {
    const report = engineReport(results, files, thisMachine());
    Deno.writeTextFileSync(options.markdown, report);
  }
  const { problem, suites, budget, soak, figures } = result;
  console.log(
    [
      engine,
      problem ??
        `suites ${suites!.passed.length} passed, ${
          suites!.failed.length
        } failed`,
      budget &&
      `budget ${budget.passed.length} passed, ${budget.failed.length} failed`,
      soak && `soak: ${soak.words}`,
      figures &&
      `start ${figures.start.toFixed(1)} ms, ${figures.memory.toFixed(1)} MB`,
    ].filter(Boolean).join(" · "),
  );
  for (
    const { name, reason } of [
      ...suites?.failed ?? [],
      ...budget?.failed ?? [],
    ]
  ) console.log(`  FAILED ${name}\n    ${reason.replaceAll("\n", "\n    ")}`);
}
if (!cacheWasThere && isThere(CACHE)) {
  Deno.removeSync(CACHE, { recursive: true });
}
const passed = results.filter(isGood).length;
console.log(`${passed} passed, ${results.length - passed} failed`);
Deno.exit(passed === results.length ? 0 : 1);

import { assessHost, assessRuntime, isFit } from "./assess.ts";
import type { HostFacts } from "./facts.ts";
import { probeHost } from "./host.ts";
import type { Row } from "./row.ts";
import { probeRuntime } from "./runtime.ts";
import { printable, printableJson, table } from "../words/printable.ts";
import { VERSION } from "../words/version.ts";

/**
 * The command `--check`.
 *
 * @returns the exit code: 0 when the shim can run here, 1 otherwise
 */
export async function runCheck(
  { runtime, json }: { runtime: string | undefined; json: boolean },
): Promise<number> {
  const host = probeHost();
  const rows = assessHost(host);
  if (runtime !== undefined) {
    rows.push(...assessRuntime(await probeRuntime(runtime)));
  }
  console.log(json ? checkJson(host, rows) : checkText(host, rows));
  return isFit(rows) ? 0 : 1;
}

/** The answer for people. */
export function checkText(host: HostFacts, rows: readonly Row[]): string {
  const lines = table([
    ["", "WHAT", "NEEDED", "FOUND"],
    ...rows.map(({ verdict, what, found, needed }) => [
      verdict,
      what,
      needed,
      found,
    ]),
  ]);
  const withReasons = lines.flatMap((line, index) => {
    const follows = rows[index - 1]?.follows ?? "";
    return follows === "" ? [line] : [line, `      ${follows}`];
  });
  return [
    `docker-containerd-shim ${VERSION} on ${host.architecture}`,
    "",
    ...withReasons,
    "",
    summary(rows),
  ].map((line) => printable(line)).join("\n");
}

function summary(rows: readonly Row[]): string {
  const count = (verdict: Row["verdict"]) =>
    rows.filter((row) => row.verdict === verdict).length;
  if (count("fail") > 0) return "The shim cannot do its work here: see fail.";
  return count("warn") > 0
    ? "The shim can run here; warn says what is missing."
    : "The shim can run here.";
}

/** The answer for machines: one JSON object. */
export function checkJson(host: HostFacts, rows: readonly Row[]): string {
  return printableJson({
    ok: isFit(rows),
    version: VERSION,
    architecture: host.architecture,
    checks: rows,
  });
}

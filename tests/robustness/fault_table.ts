import { markdownTable } from "markdown-table";
import type { Observation } from "./fault_run.ts";
import type { Verdict } from "./fault_verdict.ts";

/** One fault and what came of it. */
export interface Finding {
  seen: Observation;
  call: string;
  verdict: Verdict;
}

type Outcome = Verdict["outcome"];

const OUTCOMES: readonly Outcome[] = [
  "survived",
  "reported",
  "refused",
  "died",
  "broken",
];

/** How many of what, over all. */
export function counts(findings: readonly Finding[]): Record<Outcome, number> {
  const sum = { missed: 0 } as Record<Outcome, number>;
  for (const outcome of OUTCOMES) sum[outcome] = 0;
  for (const { verdict } of findings) sum[verdict.outcome]++;
  return sum;
}

/** What is wrong, and what the shim has said. */
export function complaint({ seen, verdict }: Finding): string {
  return `${seen.life} / ${seen.phase} / ${seen.hit} / ${seen.error}: ` +
    `${verdict.faults.join("; ")}; log ${JSON.stringify(seen.log)}` +
    (seen.shimStderr === "" ? "" : `; stderr ${seen.shimStderr}`);
}

/** Rows of call and error, columns of outcomes, cells of counts. */
export function table(findings: readonly Finding[]): string[][] {
  const rows = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.verdict.outcome === "missed") continue;
    const key = `${finding.call} ${finding.seen.error}`;
    rows.set(key, [...(rows.get(key) ?? []), finding]);
  }
  const body = [...rows].sort(([a], [b]) => a < b ? -1 : 1).map(
    ([key, found]) => {
      const sum = counts(found);
      return [
        ...key.split(" "),
        String(found.length),
        ...OUTCOMES.map((outcome) => sum[outcome] ? String(sum[outcome]) : ""),
      ];
    },
  );
  return [["call", "error", "runs", ...OUTCOMES], ...body];
}

/** The table in columns. */
export function asText(rows: readonly string[][]): string {
  return markdownTable(rows, { align: alignmentOf(rows) });
}

/** The table in Markdown, without what would line up its columns. */
export function asMarkdown(rows: readonly string[][]): string {
  const escaped = rows.map((row) =>
    row.map((cell) => cell.replaceAll("|", "\\|"))
  );
  const align = alignmentOf(rows);
  return markdownTable(escaped, { align, alignDelimiters: false });
}

/** Numbers are on the right. */
function alignmentOf([head, ...body]: readonly string[][]) {
  return head.map((_, column) =>
    body.every((row) => /^\d*$/.test(row[column])) ? "right" : "left"
  );
}

/** What the shim says about the errors that it does not survive. */
export function reasons(findings: readonly Finding[]): string[][] {
  const rows = new Map<string, string[]>();
  for (const { seen, verdict } of findings) {
    if (!["reported", "refused"].includes(verdict.outcome)) continue;
    const said = seen.log?.at(-1)?.msg ?? seen.shimStderr.trim();
    const reason = plainWords(said);
    const cells = [seen.phase, seen.hit ?? "", verdict.outcome, reason];
    const key = cells.slice(0, 3).concat(reason.replace(/E[A-Z]+ \(.*?\)/, ""))
      .join();
    if (!rows.has(key)) rows.set(key, cells);
  }
  return [["phase", "call", "outcome", "for example"], ...rows.values()];
}

function plainWords(text: string): string {
  return text
    .replaceAll(/\/[^\s"<>,]*\/shim-run-[0-9a-f]+/g, "$ROOT")
    .replaceAll(/\/pty\d+/g, "/ptyN")
    .replaceAll("\n", " ");
}

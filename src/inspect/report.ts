import { printable, table } from "../words/printable.ts";
import type { Facts, Holder, LogFacts, ProcessFacts } from "./facts.ts";
import { STATES } from "../processes/proc_text.ts";
import type { Step } from "./step.ts";

/** What has been found out, and what it means. */
export interface Findings {
  facts: Facts;
  step: Step;
  words: string;
  remarks: string[];
}

/** The findings as a text for people, without control characters. */
export function report({ facts, step, words, remarks }: Findings): string {
  const sections = [
    [words, ...remarks.map((remark) => `- ${remark}`)],
    ...(NOTHING_THERE.has(step.kind) ? [] : details(facts, step)),
  ];
  return sections.filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => printable(line) + "\n").join(""))
    .join("\n");
}

const NOTHING_THERE: ReadonlySet<string> = new Set<Step["kind"]>([
  "no-directory",
  "unreadable",
  "not-a-state-directory",
]);

function details(facts: Facts, step: Step): string[][] {
  return [
    table(overview(facts, step)),
    section("Between daemon and shim", channelRows(facts)),
    section("Between shim and container", linkRows(facts)),
    facts.transfers === undefined ? [] : [
      `Bytes: the shim has read ${facts.transfers.read} and written ` +
      `${facts.transfers.written}.`,
      "How many wait in a pipe cannot be seen from outside.",
    ],
    section(
      "Other children of the shim",
      facts.children.map((child) => [
        `  ${child.pid}`,
        `${stateOf(child)}, ${since(child)}`,
        short(child.command),
      ]),
    ),
    log("shim-log.json", facts.shimLog),
    log("log.json, the runtime's", facts.runtimeLog),
  ];
}

function overview(facts: Facts, step: Step): string[][] {
  const { shim, container } = facts;
  const rows = [
    ["state directory", facts.directory],
    ["step", step.kind],
  ];
  if (shim === undefined) rows.push(["shim", "none"]);
  else {
    rows.push(
      ["shim", `process ${shim.pid}, ${stateOf(shim)}, ${since(shim)}`],
      ["  id", shim.id],
      ["  bundle", shim.bundle],
      ["  runtime", shim.runtime],
    );
  }
  if (container !== undefined) {
    rows.push(
      [
        "container",
        `process ${container.pid}, ${stateOf(container)}, ${since(container)}`,
      ],
      ["  command", short(container.command)],
    );
  } else {
    const gone = facts.pid === undefined ? "" : ` (was process ${facts.pid})`;
    rows.push(["container", `none${gone}`]);
  }
  rows.push(["exit status", facts.exitStatus || "none"]);
  return rows;
}

function stateOf({ state }: ProcessFacts): string {
  return `${state} (${STATES[state] ?? "unknown"})`;
}

function since({ since }: ProcessFacts): string {
  if (since === undefined) return "started at an unknown time";
  const time = new Date(since).toISOString().slice(0, 19).replace("T", " ");
  return `started ${time} UTC`;
}

const COMMAND_SHOWN = 70;

function short(command: string): string {
  return command.length > COMMAND_SHOWN
    ? `${command.slice(0, COMMAND_SHOWN)}…`
    : command;
}

function section(title: string, rows: string[][]): string[] {
  return rows.length === 0 ? [] : [title, ...table(rows)];
}

function channelRows(facts: Facts): string[][] {
  return facts.channels.flatMap(({ name, path, type, holders }) =>
    holderRows(
      facts,
      name,
      type === "FIFO" ? path : `${path} (${type})`,
      holders,
    )
  );
}

function linkRows(facts: Facts): string[][] {
  return facts.links.flatMap(({ name, object, holders }) =>
    holderRows(facts, name, object, holders)
  );
}

/** The name stands once, at the first holder. */
function holderRows(
  { shim }: Facts,
  name: string,
  object: string,
  holders: readonly Holder[],
): string[][] {
  const head = [`  ${name}`, object];
  const blank = ["", ""];
  if (holders.length === 0) return [[...head, "nobody"]];
  return holders.map((holder, index) => [
    ...(index === 0 ? head : blank),
    `${access(holder)} ${holder.pid} ` +
    (holder.pid === shim?.pid ? "the shim" : short(holder.command)),
  ]);
}

function access({ reads, writes }: Holder): string {
  return (reads ? "r" : "-") + (writes ? "w" : "-");
}

function log(title: string, facts: LogFacts): string[] {
  switch (facts.kind) {
    case "missing":
      return [`${title}: there is none`];
    case "unreadable":
      return [`${title}: ${facts.reason}`];
    case "entries":
      return facts.entries.length === 0 ? [`${title}: empty`] : [
        `${title}, its last entries`,
        ...table(
          facts.entries.map(({ level, message, time }) => [
            `  ${level}`,
            time === undefined ? message : `${time} ${message}`,
          ]),
        ),
      ];
    default:
      return facts satisfies never;
  }
}

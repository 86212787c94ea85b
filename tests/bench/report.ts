import { describeMachine, type Machine } from "./machine.ts";
import { markdownTable } from "./markdown_table.ts";
import type { Options } from "./options.ts";
import { plot, STAR } from "./plot.ts";
import { RECORDED } from "./recorded.ts";
import { type Group, GROUPS, type Measure } from "./results.ts";
import { summarize } from "./statistics.ts";

/** All there is to tell about a run. */
export interface Report {
  machine: Machine;
  options: Options;
  measures: readonly Measure[];
}

const TITLES: Record<Group, string> = {
  start: "Start",
  exit: "End of the container",
  throughput: "Throughput",
  latency: "Latency",
  memory: "Memory",
  idle: "Idle",
  size: "Size",
};

const LEGEND =
  "Cells are medians, in brackets the quartiles and the extremes. " +
  "Ratios are taken pair by pair, from measurements that followed one another.";

/** For a reader. */
export function asMarkdown({ machine, measures, options }: Report): string {
  const compared = [
    ...(options.upstream === undefined ? [] : ["upstream's shim"]),
    ...(options.baseline === undefined ? [] : ["an earlier build"]),
  ];
  const compare = compared.length === 0
    ? "Measured by `make bench`"
    : `Measured by \`make bench\` together with ${compared.join(" and ")}`;
  return [
    `# Benchmark\n\n${compare} on ${describeMachine(machine)}.\n\n${LEGEND}\n`,
    ...GROUPS.map((name) => ({
      title: TITLES[name],
      group: measures.filter(({ group }) => group === name),
    })).filter(({ group }) => group.length > 0).map(({ title, group }) =>
      `\n## ${title}\n\n${markdownTable(group)}`
    ),
  ].join("");
}

/** Everything that was measured, for programs. */
export function asJson({ machine, options, measures }: Report): string {
  const { only, runs, quick } = options;
  const listed = measures.map(({ series, ...rest }) => ({
    ...rest,
    programs: Object.fromEntries(
      [...series].map(([name, values]) => [
        name,
        { ...summarize(values), values },
      ]),
    ),
  }));
  const report = { machine, options: { only, runs, quick }, measures: listed };
  return JSON.stringify(report, null, 2) + "\n";
}

export function asSvg({ measures }: Report): string {
  const starred = measures.some(({ id, series }) =>
    RECORDED.has(id) && !series.has("upstream")
  );
  const caption = "docker-containerd-shim, medians";
  return plot(measures, starred ? `${caption} (${STAR})` : caption);
}

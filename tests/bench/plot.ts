import { number } from "./format.ts";
import { RECORDED, RECORDED_NAME } from "./recorded.ts";
import { type Measure, OURS } from "./results.ts";
import { summarize } from "./statistics.ts";

/** What the plot shows, with the words that it has room for. */
const SHOWN: readonly (readonly [id: string, title: string])[] = [
  ["start.pipes", "exec of the shim → runtime called"],
  ["start.container", "exec of the shim → container runs"],
  ["exit.exit", "container ends → exit event"],
  ["latency.pipes", "one byte through stdin and stdout"],
  ["throughput.stdout64", "stdout"],
  ["throughput.stdout64.cpu", "stdout: processor time"],
  ["throughput.terminal", "terminal"],
  ["throughput.terminal.cpu", "terminal: processor time"],
  ["memory.privateDirty.idle.1", "idle: private memory"],
  ["memory.rss.idle.1", "idle: resident memory"],
];

const WIDTH = 860;
const MARGIN = 24;
const GUTTER = 36;
const COLUMN = (WIDTH - 2 * MARGIN - GUTTER) / 2;
const NAMES = 112; // of the programs, left of the bars
const NUMBERS = 58; // right of the bars
const BAR = 12;
const PITCH = 18; // from bar to bar
const TITLE = 24;
const GAP = 20; // between measures
const TOP = 56; // the legend

interface Bar {
  name: string;
  value: number;
  /** The quartiles, of what was measured more than once in this run. */
  quartiles?: [number, number];
}

/**
 * Horizontal bars, each measure to its own scale: an SVG with its own
 * background, so that it can be read on a light page and on a dark one. By
 * hand: the packages for charts want a browser's DOM or write fixed colours.
 */
export function plot(measures: readonly Measure[], caption: string): string {
  const panels = SHOWN.flatMap(([id, title]) => {
    const measure = measures.find((measure) => measure.id === id);
    if (!measure?.series.has(OURS)) return [];
    return [{ measure, title, bars: barsOf(measure) }];
  });
  const heights = [0, 0];
  const drawn = panels.map(({ measure, title, bars }, i) => {
    // Side by side, in reading order; a pair of panels starts level.
    const side = i % 2;
    if (side === 0) heights.fill(Math.max(...heights));
    const x = MARGIN + side * (COLUMN + GUTTER);
    const y = TOP + heights[side];
    heights[side] += TITLE + bars.length * PITCH + GAP;
    return panel(x, y, title, measure, bars);
  });
  const height = TOP + Math.max(...heights) + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" ` +
    `height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" ` +
    `aria-label="${escape(caption)}">`,
    STYLE,
    `<rect class="paper" x="0.5" y="0.5" width="${WIDTH - 1}" ` +
    `height="${height - 1}" rx="8"/>`,
    text(MARGIN, 32, "caption", caption),
    ...drawn,
    text(
      MARGIN,
      height - 14,
      "note",
      "Bars are medians, thin lines quartiles; each measure has its own scale.",
    ),
    "</svg>\n",
  ].join("\n");
}

const STYLE = `<style>
  text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f }
  .caption { font-size: 15px; font-weight: 600 }
  .title { font-weight: 600 }
  .note, .unit { fill: #57606a }
  .name, .number { font-size: 11px }
  .paper { fill: #fbfcfd; stroke: #d0d7de }
  .ours { fill: #1f6feb }
  .baseline { fill: #8bb8f8 }
  .upstream { fill: #8c96a1 }
  .floor { fill: #d0d7de }
  .quartiles { stroke: #24292f; stroke-width: 1.2 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note, .unit { fill: #9198a1 }
    .paper { fill: #151b23; stroke: #3d444d }
    .baseline { fill: #23497d }
    .upstream { fill: #767f89 }
    .floor { fill: #3d444d }
    .quartiles { stroke: #e6edf3 }
  }
</style>`;

/** Class names: everything that is no shim is only there to compare with. */
const KINDS: Record<string, string> = {
  [OURS]: "ours",
  baseline: "baseline",
  upstream: "upstream",
  "upstream*": "upstream",
};

function barsOf(measure: Measure): Bar[] {
  const bars: Bar[] = [...measure.series].map(([name, values]) => {
    const { median, p25, p75 } = summarize(values);
    return { name, value: median, quartiles: [p25, p75] };
  });
  const recorded = RECORDED.get(measure.id);
  if (!measure.series.has("upstream") && recorded !== undefined) {
    bars.splice(1, 0, { name: "upstream*", value: recorded });
  }
  return bars;
}

/** What the star stands for, if there is one. */
export const STAR = `* ${RECORDED_NAME}`;

function panel(
  x: number,
  y: number,
  title: string,
  { unit, better }: Measure,
  bars: readonly Bar[],
): string {
  const most = Math.max(
    ...bars.map(({ value, quartiles }) => Math.max(value, quartiles?.[1] ?? 0)),
  );
  const room = COLUMN - NAMES - NUMBERS;
  const scale = (value: number) => most === 0 ? 0 : value / most * room;
  const direction = better === "lower" ? "shorter" : "longer";
  const left = x + NAMES;
  return [
    `<text class="title" x="${x}" y="${y + 12}">${escape(title)}` +
    `<tspan class="unit" font-weight="400" dx="6">` +
    `${escape(unit)}, ${direction} is better</tspan></text>`,
    ...bars.map(({ name, value, quartiles }, i) => {
      const top = y + TITLE + i * PITCH;
      const middle = top + BAR / 2;
      const kind = KINDS[name] ?? "floor";
      const end = left + Math.max(scale(value), scale(quartiles?.[1] ?? 0));
      return [
        text(left - 8, middle + 4, "name", name, "end"),
        `<rect class="${kind}" x="${left}" y="${top}" ` +
        `width="${round(Math.max(scale(value), 1))}" height="${BAR}" rx="2"/>`,
        ...(quartiles === undefined ? [] : [
          `<line class="quartiles" x1="${round(left + scale(quartiles[0]))}" ` +
          `x2="${round(left + scale(quartiles[1]))}" ` +
          `y1="${middle}" y2="${middle}"/>`,
        ]),
        text(end + 6, middle + 4, "number", number(value)),
      ].join("\n");
    }),
  ].join("\n");
}

function text(
  x: number,
  y: number,
  kind: string,
  words: string,
  anchor = "start",
): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}" ` +
    `text-anchor="${anchor}">${escape(words)}</text>`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll('"', "&quot;");
}

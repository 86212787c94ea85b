/** Columns as people read them; the widths are those of the longest cells. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd(widths[column])
    ).join("  ").trimEnd()
  );
}

// What could move the cursor, set colours or reorder a line: a container may
// have put it into its name, its arguments or what its runtime logs.
const BEYOND_ASCII =
  "\\u007f-\\u009f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069";
const CONTROLS = new RegExp(`[\\u0000-\\u001f${BEYOND_ASCII}]`, "g");
const JSON_CONTROLS = new RegExp(`[${BEYOND_ASCII}]`, "g");

function escape(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** One line for a terminal, without control characters, of limited length. */
export function printable(text: string, most = 2_000): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.replaceAll(CONTROLS, escape);
}

/** JSON on several lines, with the same characters escaped. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(JSON_CONTROLS, escape);
}

/** `a`, `a and b`, `a, b and c` */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** What a log file says, apart from its words. Pure. */

/** The one message that nearly every run of upstream ends with; see `taken_out.ts`. */
export const CLOSED_TWICE = "warn: closed twice";

/**
 * The level of each message, in order; `CLOSED_TWICE` for upstream's usual
 * last one; `broken` for what is neither a JSON object with `level` and a text
 * on a line of its own nor written in upstream's way: without a line break
 * behind it, and with quotes in the text as they are.
 */
export function logMessages(text: string): string[] {
  return text.split(/(?<=\n)|(?<=\})(?=\{"level":)/)
    .filter((message) => message.trim() !== "")
    .map((message) =>
      message.endsWith("\n") ? levelOfLine(message) : levelOfUpstreams(message)
    );
}

function levelOfLine(line: string): string {
  try {
    const { level, msg } = JSON.parse(line);
    const isMessage = typeof level === "string" && typeof msg === "string" &&
      msg !== "";
    return isMessage ? level : "broken";
  } catch {
    return "broken";
  }
}

/** The words of the last one are those of the recorded binaries and of older ones. */
function levelOfUpstreams(message: string): string {
  const [, level, text] =
    /^\{"level": "(\w+)","msg": "(.+)"\}$/.exec(message) ?? [];
  return level === "warn" &&
      /^(close \|1: file already closed|invalid argument)$/.test(text)
    ? CLOSED_TWICE
    : level ?? "broken";
}

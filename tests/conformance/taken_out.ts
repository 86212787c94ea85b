/**
 * What is different in every scenario for one reason. It is said once, at the
 * top of the table, and taken out before two values are compared. Pure.
 */
import { CLOSED_TWICE } from "./log_messages.ts";

/** Each reason in a sentence or two, for a reader of the table. */
export const TAKEN_OUT: Readonly<Record<string, string>> = {
  "the last line of the log":
    "Upstream closes its descriptors twice when a container has ended, so every normal run leaves a " +
    "warning in shim-log.json. This one message is taken out; a second one, or any other, is not.",
  "the form of the log":
    "Upstream writes a message without a line break behind it and does not escape quotes in its text. " +
    "Ours writes one valid JSON object a line. Levels are compared, and that each message has one of " +
    "these two forms.",
  '`--console ""`':
    "Without a terminal, shims before 0.2.9 give the runtime an empty console, which runc since 1.0 " +
    "refuses and older ones do not need. Where upstream has it, ours may do without.",
  "words of errors":
    "That there is a message, its level, its file and the exit status are compared, its text is not.",
  "what a newer Go adds":
    "The recorded binaries were built with Go 1.19, which sets PWD and raises the limit of open files. " +
    "Those that Docker shipped did neither.",
};

/** Both values without what upstream has everywhere: there ours may have it or not. */
export function takeOut(upstream: unknown, ours: unknown): [unknown, unknown] {
  if (!isTexts(upstream) || !isTexts(ours)) return [upstream, ours];
  for (const without of [withoutClosedTwice, withoutEmptyConsole]) {
    const rest = without(upstream);
    if (rest.join("\0") === upstream.join("\0")) continue;
    return [rest, without(ours)];
  }
  return [upstream, ours];
}

function withoutClosedTwice(messages: readonly string[]): readonly string[] {
  return without(messages, messages.indexOf(CLOSED_TWICE), 1);
}

/** From an argument vector, or from each call that is written as one text. */
function withoutEmptyConsole(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word, i) =>
    word === "--console" && words[i + 1] === ""
  );
  return without(words, at, 2).map((word) =>
    word.replace(" --console '' ", " ")
  );
}

function without(
  texts: readonly string[],
  at: number,
  count: number,
): readonly string[] {
  return at < 0 ? texts : texts.toSpliced(at, count);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) &&
    value.every((one) => typeof one === "string");
}

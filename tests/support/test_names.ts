import { PROJECT } from "./build.ts";

/** The name of a test as its source has it. */
export interface TestName {
  /** What is between the `${…}` of a template; one part if it is none. */
  parts: string[];
  /** The text of the whole file. */
  source: string;
}

const LITERAL =
  /Deno\.test\(\s*(?:\{\s*name: )?("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;

/** The names of all tests that have one in the place where they are made. */
export function testNames(directory = `${PROJECT}/tests`): TestName[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    if (isDirectory) return testNames(path);
    return name.endsWith("_test.ts")
      ? namesIn(Deno.readTextFileSync(path))
      : [];
  });
}

/** The names of tests in a source. */
export function namesIn(source: string): TestName[] {
  return [...source.matchAll(LITERAL)].map(([_, literal]) => ({
    parts: partsOf(literal),
    source,
  }));
}

/** What is always the same in a string, or a template, as a source has it. */
export function partsOf(literal: string): string[] {
  const text = literal.slice(1, -1).replaceAll(/\\(.)/g, "$1");
  return literal.startsWith("`") ? cutTemplate(text) : [text];
}

/** What is between the `${…}`, which may have braces in them. */
function cutTemplate(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (depth === 0 && text.startsWith("${", at)) {
      depth = 1;
      parts.push("");
      at++;
    } else if (depth > 0) {
      if (text[at] === "{") depth++;
      if (text[at] === "}") depth--;
    } else parts[parts.length - 1] += text[at];
  }
  return parts;
}

/**
 * Whether a test's name can begin so. What a `${…}` stands for must be in the
 * source too, or is a "…" in the beginning.
 */
export function canBegin(beginning: string, name: TestName): boolean {
  const [first, ...others] = name.parts;
  if (first.startsWith(beginning)) return true;
  if (!beginning.startsWith(first) || others.length === 0) return false;
  const rest = beginning.slice(first.length);
  return Array.from({ length: rest.length + 1 }, (_, end) => end).some((end) =>
    isValue(rest.slice(0, end), name) &&
    canBegin(rest.slice(end), { ...name, parts: others })
  );
}

function isValue(text: string, { source }: TestName): boolean {
  return text === "…" || source.includes(text);
}

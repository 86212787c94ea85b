/** What a text in Markdown says in the form of code: spans and blocks. */
function codeIn(markdown: string): { spans: string[]; blocks: string[] } {
  const fenced = /^```[^\n]*\n([^]*?)^```/gm;
  const blocks = [...markdown.matchAll(fenced)].map(([_, text]) => text);
  const rest = markdown.replaceAll(fenced, "");
  const spans = [...rest.matchAll(/`([^`]+)`/g)].map(([_, text]) => text);
  return { spans, blocks };
}

/** A file of the sources, or what is in one of the project's rooms. */
const PATH = /^(?:(?:src|ffi|tests|tools|docs)\/[\w./-]*|[\w./-]+\.ts)$/;

/** Paths of the project that are cited as code. */
export function citedPaths(markdown: string): string[] {
  return codeIn(markdown).spans.filter((text) => PATH.test(text));
}

/** Where links lead that stay in the project, without what is behind a "#". */
export function citedLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([_, target]) => target.split("#")[0])
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}

/** The targets of commands that call make. */
export function citedTargets(markdown: string): string[] {
  const { spans, blocks } = codeIn(markdown);
  const lines = blocks.flatMap((text) => text.split("\n"));
  return [...spans, ...lines].flatMap((line) => {
    const words = /(?:^|\s)make\s+([^#;&|]*)/.exec(line)?.[1] ?? "";
    return words.split(/\s+/).filter((word) => /^[a-z][\w-]*$/.test(word));
  });
}

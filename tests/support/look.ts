/** True when there is something at a path, whatever it is. */
export function isThere(path: string): boolean {
  return lstatOrNone(path) !== undefined;
}

/** What is at a path, not following a link; undefined if there is nothing. */
export function lstatOrNone(path: string): Deno.FileInfo | undefined {
  return orNone(() => Deno.lstatSync(path));
}

/** What a path leads to; undefined if there is nothing. */
export function statOrNone(path: string): Deno.FileInfo | undefined {
  return orNone(() => Deno.statSync(path));
}

/** A file's text; undefined if it cannot be read. */
export function readOrNone(path: string): string | undefined {
  return orNone(() => Deno.readTextFileSync(path));
}

function orNone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/**
 * Stand-in for the modules of `@std/path/posix` that the project uses. They are
 * part of the executable: loading node:path for them would slow down each start.
 */

export function join(...paths: string[]): string {
  const joined = paths.filter((path) => path !== "").join("/");
  const absolute = joined.startsWith("/");
  const kept: string[] = [];
  for (const part of joined.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!absolute) kept.push(part);
  }
  const path = (absolute ? "/" : "") + kept.join("/") || ".";
  return joined.endsWith("/") && path !== "/" ? `${path}/` : path;
}

/** The last part of a path; slashes behind it do not count. */
export function basename(path: string): string {
  return /([^/]*)\/*$/.exec(path)![1];
}

/** What is before the last part, "." if that is nothing. */
export function dirname(path: string): string {
  const parent = /^(.*[^/])\/+[^/]+\/*$/.exec(path)?.[1];
  return parent ?? (path.startsWith("/") ? "/" : ".");
}

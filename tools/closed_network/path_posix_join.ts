/**
 * Stand-in for `@std/path/posix/join`, which the shim itself uses. Loading
 * node:path for it would cost each start 2 ms.
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

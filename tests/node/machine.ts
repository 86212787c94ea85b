import type { Machine } from "../../src/inspect/files.ts";

function orElse<T>(action: () => T, otherwise: T): T {
  try {
    return action();
  } catch {
    return otherwise;
  }
}

function seen({ isFile, isDirectory, isFifo, size, mtime }: Deno.FileInfo) {
  const kind = isFile
    ? "file"
    : isDirectory
    ? "directory"
    : isFifo
    ? "FIFO"
    : "other";
  return { kind, length: size, modified: mtime!.getTime() } as const;
}

/** All through Deno's namespace, which Node has from @deno/shim-deno. */
export const machineOnNode: Machine = {
  numbersIn: (path) =>
    orElse(
      () =>
        [...Deno.readDirSync(path)].map(({ name }) => Number(name))
          .filter((number) => Number.isInteger(number)),
      [],
    ),
  text: (path, most) =>
    orElse(() => Deno.readTextFileSync(path), "").slice(0, most),
  link: (path) => orElse(() => Deno.readLinkSync(path), undefined),
  isOutOfReach: () => false,
  identify: (path) => orElse(() => seen(Deno.statSync(path)), undefined),
  identifyName: (path) => orElse(() => seen(Deno.lstatSync(path)), undefined),
  start: (path, most) => Deno.readFileSync(path).subarray(0, most),
};

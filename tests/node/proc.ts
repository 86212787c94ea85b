import type { Proc } from "../../src/processes/proc.ts";

function orElse<T>(action: () => T, otherwise: T): T {
  try {
    return action();
  } catch {
    return otherwise;
  }
}

/** /proc through Deno's namespace, which Node has from @deno/shim-deno. */
export const procOnNode: Proc = {
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
};

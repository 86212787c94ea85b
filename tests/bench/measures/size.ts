import type { Bench } from "../bench.ts";

/** How large the executables are. */
export function measureSize(bench: Bench): Promise<void> {
  for (const { name, path } of bench.subjects) {
    const size = Deno.statSync(path).size / 1e6;
    bench.results.add(
      {
        id: "size",
        group: "size",
        what: "size of the executable",
        unit: "MB",
        better: "lower",
      },
      name,
      size,
    );
  }
  bench.progress.done("size");
  return Promise.resolve();
}

import { Run } from "../support/harness.ts";
import { Rest } from "../support/rest.ts";

/**
 * What a shim may keep of its work, in KiB: compiled code above all. Of the
 * file's pages an idle one has 2 MiB more or less, as they are read around.
 */
const KEPT = { rss: 5000, privateDirty: 2500 };

/** Resident and private memory of a process, in KiB. */
function memory(pid: number): { rss: number; privateDirty: number } {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const figure = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)![1]);
  return { rss: figure("Rss"), privateDirty: figure("Private_Dirty") };
}

const WORK = [
  { what: "64 MiB in writes of 64 KiB", size: 65_536, count: 1024 },
  { what: "5 MB in writes of 100 bytes", size: 100, count: 50_000 },
];

for (const terminal of [false, true]) {
  for (const { what, size, count } of WORK) {
    const place = terminal ? "a terminal" : "pipes";
    Deno.test(`a shim that has moved ${what} is as small again as one that has not: ${place}`, async () => {
      await using idle = new Run();
      await using busy = new Run();
      const work = `dd if=/dev/zero bs=${size} count=${count}`;
      for (const [run, first] of [[idle, ":"], [busy, work]] as const) {
        const raw = terminal ? "stty raw -echo; " : "";
        run.setup({
          terminal,
          init: `${raw}${first} 2>/dev/null; read x < ${run.gatePath}`,
        });
        await run.start();
      }
      await idle.untilRunning();
      await busy.until(
        () => busy.output().length === size * count,
        "the other's work is done",
      );
      // Nothing is left to be given back by one that sleeps for so long.
      const rest = new Rest([idle.pid]);
      await idle.until(() => rest.lasted() > 1500, "the idle one rests");
      const found = () => {
        const [mine, other] = [busy, idle].map(({ pid }) => memory(pid));
        return {
          rss: mine.rss - other.rss,
          privateDirty: mine.privateDirty - other.privateDirty,
        };
      };
      await busy.until(
        () =>
          found().rss <= KEPT.rss && found().privateDirty <= KEPT.privateDirty,
        "it is as small as the other",
      ).finally(() => console.log(JSON.stringify(found())));
      for (const run of [idle, busy]) {
        await run.gate();
        await run.untilExit();
      }
    });
  }
}

Deno.test("a shim whose container prints a line every moment gives back what its start has left", async () => {
  await using run = new Run();
  run.setup({ init: "while :; do echo tick; sleep 0.2; done" });
  await run.start();
  await run.untilRunning();
  const before = memory(run.pid);
  // It is not quiet for as long as it takes otherwise.
  await run.until(
    () => memory(run.pid).rss < before.rss * 0.6,
    "most of what the start has touched is given back",
  );
  run.sendSignal(9, await run.initPid());
  await run.untilExit();
});

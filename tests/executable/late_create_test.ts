import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { Run } from "../support/harness.ts";

// A runtime that starts init and does not come back for a while: it runs a
// hook, or it is one of 2016, whose `start` starts everything.

const PLACES = [
  { what: "a terminal by its path", terminal: true, capabilities: [] },
  { what: "a terminal by a socket", terminal: true },
  { what: "pipes", terminal: false },
];

for (const { what, terminal, capabilities } of PLACES) {
  const process = capabilities === undefined ? {} : { capabilities };
  const raw = terminal ? "stty raw -echo; " : "";

  /** The runtime's create ends with this status, once something has come. */
  const setup = (run: Run, init: string, status: number): string => {
    const wrap = '[ "$call" != create ] || ' +
      `{ "$real" "$@"; read x <"$d/go"; exit ${status}; }`;
    run.setup({ terminal, process, init, wrap });
    const go = `${run.runtimeDir}/go`;
    run.makeFifo(go);
    return go;
  };

  Deno.test(`300 kB and an answer pass while create is busy: ${what}`, async () => {
    await using run = new Run();
    const init = `${raw}head -c 300000 /dev/zero; read x; echo got $x; exit 3`;
    const go = setup(run, init, 0);
    await run.start();
    await run.until(() => run.output().length === 300_000, "300 kB have come");
    using stdin = await run.openStdin();
    stdin.tryWrite("this\n");
    await run.untilOutput("got this\n");
    strictEqual(run.output().length, 300_000 + "got this\n".length);
    deepStrictEqual(run.calls().map(({ cmd }) => cmd), ["create"]);
    await run.feedFifo(go, "\n");
    await run.untilExit();
    strictEqual(run.stateFile("exitStatus"), "3");
    strictEqual(run.output().length, 300_000 + "got this\n".length);
  });

  Deno.test(`words from before create fails arrive, however late they are read: ${what}`, async () => {
    await using run = new Run();
    const said = `${run.root}/said`;
    const init = `${raw}echo boom; echo >${said}; read x; exit 3`;
    const go = setup(run, init, 1);
    run.makeFifo(said);
    run.pauseReader("stdout");
    await run.start();
    run.attachReader("said", said);
    await run.until(() => run.output("said").length > 0, "init has said it");
    await run.feedFifo(go, "\n");
    await run.untilCall("delete", { ended: true });
    run.resumeReader("stdout");
    await run.untilExit();
    match(run.text(), /^boom\r?\n$/);
    deepStrictEqual(run.exit, { kind: "code", code: 0 });
    strictEqual(run.stateFile("exitStatus"), undefined);
    match(run.shimLog().at(-1)!.msg, /create exited with status 1/);
  });
}

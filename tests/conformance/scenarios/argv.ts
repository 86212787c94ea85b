/** What goes from process.json into the runtime's command line and descriptors. */
import type { Call } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { consoleFiles } from "./lifecycle.ts";
import { plain, type Scenario, scenario } from "./scenario.ts";

export const argv: Scenario[] = [
  plain("noPivotRoot", { process: { noPivotRoot: true } }),
  plain("noPivotRoot_tty", { process: { noPivotRoot: true }, terminal: true }),
  plain("runtimeArgs", {
    process: {
      runtimeArgs: ["--root", "/a b", "--debug", "", "--systemd-cgroup"],
    },
  }),
  plain("runtimeArgs_exec", {
    process: { runtimeArgs: ["--root", "/a b"], exec: true },
  }),
  plain("runtimeArgs_empty", { process: { runtimeArgs: [] } }),
  plain("runtimeArgs_collide", {
    process: { runtimeArgs: ["--log", "/dev/null", "--log-format", "text"] },
  }),
  scenario(
    "rootUIDGID",
    { about: "owner of the pipes that the runtime gets" },
    async (run) => {
      run.setup({ process: { rootUID: 1001, rootGID: 1002 } });
      await run.start();
      await run.exitsWithin(10_000);
      return {
        create_fds: descriptors(run.calls()[0], [
          "fd",
          "uid",
          "gid",
          "mode",
          "flags",
        ]),
      };
    },
  ),
  scenario("rootUIDGID_negative", {}, async (run) => {
    run.setup({ process: { rootUID: -1, rootGID: -1 } });
    await run.start();
    await run.exitsWithin(10_000);
    return { create_fds: descriptors(run.calls()[0], ["fd", "uid", "gid"]) };
  }),
  scenario("rootUIDGID_tty", { terminal: true }, async (run) => {
    run.setup({ process: { rootUID: 1001, rootGID: 1002 }, terminal: true });
    await run.start();
    await run.exitsWithin(10_000);
    return consoleFiles(run);
  }),
  scenario("relative_io_paths", {}, async (run) => {
    run.setup({
      init: "cat; echo done; exit 0",
      process: {
        containerdStdin: "../io/stdin",
        containerdStdout: "../io/stdout",
        containerdStderr: "../io/./stderr",
      },
    });
    await run.start();
    const stdin = await run.openStdin();
    await stdin.write("x\n");
    stdin.close();
    run.control("0 0 0\n");
    await run.exitsWithin(10_000);
  }),
  scenario("symlink_fifo", {}, async (run) => {
    run.setup({ init: "echo through-link; exit 0" });
    Deno.symlinkSync("stdout", `${run.io}/lnk`);
    run.writeProcess({
      ...run.defaultProcess(),
      containerdStdout: `${run.io}/lnk`,
    });
    await run.start();
    await run.exitsWithin(10_000);
  }),
];

/** The named properties of each descriptor of a runtime call, or null without a call. */
function descriptors(
  call: Call | undefined,
  properties: readonly (keyof Call["fds"][number])[],
): Facts[] | null {
  if (!call) return null;
  return call.fds.map((fd) =>
    Object.fromEntries(properties.map((name) => [name, fd[name]]))
  );
}

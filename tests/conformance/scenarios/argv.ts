/** What goes from process.json into the runtime's command line and descriptors. */
import type { Call, Run } from "../../support/harness.ts";
import type { Facts } from "../recordings.ts";
import { consoleFiles } from "./lifecycle.ts";
import { plain, type Scenario } from "./scenario.ts";

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
  // Owner of the pipes that the runtime gets.
  plain("rootUIDGID", {
    process: { rootUID: 1001, rootGID: 1002 },
    facts: createFds("fd", "uid", "gid", "mode", "flags"),
  }),
  plain("rootUIDGID_negative", {
    process: { rootUID: -1, rootGID: -1 },
    facts: createFds("fd", "uid", "gid"),
  }),
  plain("rootUIDGID_tty", {
    process: { rootUID: 1001, rootGID: 1002 },
    terminal: true,
    facts: consoleFiles,
  }),
  plain("relative_io_paths", {
    init: "cat; echo done; exit 0",
    process: {
      containerdStdin: "../io/stdin",
      containerdStdout: "../io/stdout",
      containerdStderr: "../io/./stderr",
    },
  }, async (run) => {
    const stdin = await run.openStdin();
    await stdin.write("x\n");
    stdin.close();
    run.control("0 0 0\n");
  }),
  plain("symlink_fifo", {
    init: "echo through-link; exit 0",
    setup: ({ io }) => ({ process: { containerdStdout: `${io}/lnk` } }),
    before: ({ io }) => Deno.symlinkSync("stdout", `${io}/lnk`),
  }),
];

/** These properties of each descriptor of the first runtime call, or null without a call. */
function createFds(...properties: (keyof Call["fds"][number])[]) {
  return (run: Run): Facts => {
    const fds = run.calls()[0]?.fds.map((fd) =>
      Object.fromEntries(properties.map((name) => [name, fd[name]]))
    );
    return { create_fds: fds ?? null };
  };
}

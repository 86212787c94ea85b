import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { compileC } from "../robustness/c_programs.ts";
import {
  asDockerDoes,
  REMAPPED,
  withUserNamespace,
} from "../support/confined.ts";
import { explanation, peakMemory } from "../support/explanation.ts";
import { TempDir } from "../support/own_files.ts";
import { Container, type ContainerOptions } from "../support/runc.ts";

// Containers of the real runc that are confined as Docker's are.

const REMAP = { rootUID: REMAPPED, rootGID: REMAPPED };

const CONFINED: [name: string, options: Partial<ContainerOptions>][] = [
  ["Docker's seccomp profile", { configure: asDockerDoes }],
  ["a user namespace", { configure: withUserNamespace, process: REMAP }],
  ["both", {
    configure: (config) => (asDockerDoes(config), withUserNamespace(config)),
    process: REMAP,
  }],
];

for (const [name, options] of CONFINED) {
  for (const terminal of [false, true]) {
    const what = terminal ? "a terminal" : "pipes";
    Deno.test(`runc with ${name} and ${what}: output, status and an exec`, async () => {
      const script = "echo ran; echo again >/dev/stdout; read x; exit 3";
      await using container = new Container({
        args: ["sh", "-c", script],
        terminal,
        ...options,
      });
      const { run } = container;
      await container.start();
      await run.untilOutput("again");
      await using other = await container.exec(
        ["sh", "-c", "unshare -U true || echo refused; exit 4"],
        { terminal },
      );
      await other.untilExit();
      strictEqual(container.exitStatus(other), "4");
      strictEqual(
        other.text().includes("refused"),
        name !== "a user namespace",
      );
      (await run.openStdin()).tryWrite("\n");
      await run.untilExit();
      strictEqual(container.exitStatus(), "3");
      deepStrictEqual([...run.shimLog(), ...other.shimLog()], []);
    });
  }
}

/** A container that finds the programs of a directory in /var. */
function withPrograms(directory: string, options: Partial<ContainerOptions>) {
  return new Container({
    args: ["sleep", "1000"],
    ...options,
    configure: (config) => {
      options.configure?.(config);
      config.mounts.push({
        destination: "/var",
        type: "bind",
        source: directory,
        options: ["bind", "ro"],
      });
    },
  });
}

Deno.test("runc with Docker's seccomp profile: what an exec leaves behind has a command line of 4 GB", async () => {
  using directory = new TempDir();
  compileC("nuisance", directory.path, ["-static"]);
  await using container = withPrograms(directory.path, {
    configure: asDockerDoes,
  });
  await container.start();
  const script = "/var/nuisance command 4294967296 & read x; exit 7";
  await using exec = await container.exec(["sh", "-c", script]);
  await exec.until(() => exec.hasOutput("ready", "stderr"), "it is so large");
  await container.untilWatched(exec);
  const before = peakMemory(exec.pid);
  (await exec.openStdin()).tryWrite("\n");
  await exec.until(() => explanation(exec) !== undefined, "the log explains");
  // Its parent is the container's init, and not this shim.
  match(explanation(exec)!, /held open by process \d+ \(nuisance\)/);
  ok(
    peakMemory(exec.pid) - before < 32_000,
    `${before} ${peakMemory(exec.pid)}`,
  );
  const [, holder] = /process (\d+)/.exec(explanation(exec)!)!;
  exec.sendSignal(9, Number(holder));
  await exec.untilExit();
  strictEqual(container.exitStatus(exec), "7");
});

/** There is no other one for a user namespace without its own processes. */
const withHostsProc: ContainerOptions["configure"] = (config) => {
  withUserNamespace(config);
  const [proc] = config.mounts.filter(
    ({ destination }: { destination: string }) => destination === "/proc",
  );
  Object.assign(proc, { type: "bind", source: "/proc", options: ["rbind"] });
};

const SEES_HOST = ["mount", "uts", "ipc"];

for (
  const [name, remapped] of [["root", false], ["another user", true]] as const
) {
  Deno.test(`runc: a container that shares the host's pid namespace as ${name} ${remapped ? "cannot" : "can"} signal the shim`, async () => {
    await using container = new Container({
      args: ["sh", "-c", `read pid; kill -STOP $pid; echo $?; read x; exit 3`],
      namespaces: SEES_HOST,
      ...(remapped
        ? { configure: withHostsProc, process: REMAP }
        : { configure: asDockerDoes }),
    });
    const { run } = container;
    await container.start();
    using stdin = await run.openStdin();
    stdin.tryWrite(`${run.pid}\n`);
    if (!remapped) {
      await run.until(
        () => run.process(run.pid)?.state === "T",
        "it is stopped",
      );
      run.sendSignal(18);
    }
    await run.untilOutput(remapped ? "1\n" : "0\n");
    stdin.tryWrite("\n");
    await run.untilExit();
    strictEqual(container.exitStatus(), "3");
  });
}

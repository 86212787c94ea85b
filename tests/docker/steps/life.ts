/** Containers that run on their own: logs, ends, restarts, a daemon that dies. */
import { sha256, type Step, type World } from "../step.ts";

const LINES = 1_500_000;

export const life: readonly Step[] = [
  {
    name: "logs of 10 MB",
    wanted: { status: "0", ...ofLines() },
    async play(world) {
      await world.start("box", `seq ${LINES}`);
      const status = await world.docker.must("wait", "box");
      const { stdout } = await world.docker.call(["logs", "box"]);
      return { status, bytes: stdout.length, sha256: sha256(stdout) };
    },
  },
  {
    name: "stop",
    wanted: { polite: "5", stubborn: "137" },
    async play(world) {
      const loop = "while :; do sleep 0.1; done";
      await world.start("polite", `trap "exit 5" TERM; ${loop}`);
      await world.start("stubborn", `trap "" TERM; ${loop}`);
      await world.docker.must("stop", "-t", "20", "polite");
      await world.docker.must("stop", "-t", "1", "stubborn");
      return {
        polite: await world.inspect("polite", ".State.ExitCode"),
        stubborn: await world.inspect("stubborn", ".State.ExitCode"),
      };
    },
  },
  {
    name: "kill",
    wanted: { logs: "ready\nUSR1\n", status: "137" },
    async play(world) {
      const { docker } = world;
      const text =
        'trap "echo USR1" USR1; echo ready; while :; do sleep 0.1; done';
      await world.start("box", text);
      await logsShow(world, "ready\n");
      await docker.must("kill", "--signal", "USR1", "box");
      await logsShow(world, "USR1\n");
      await docker.must("kill", "box");
      const status = await docker.must("wait", "box");
      return { logs: (await docker.call(["logs", "box"])).stdout, status };
    },
  },
  {
    name: "restart policies",
    wanted: {
      "on-failure:2": ["2", "9"],
      "running after stop": "false",
    },
    async play(world) {
      await world.start("failing", "exit 9", "--restart", "on-failure:2");
      await world.start("ending", "sleep 0.3", "--restart", "always");
      const restarts = (name: string) => world.inspect(name, ".RestartCount");
      const isOver = async () =>
        await restarts("failing") === "2" &&
        await world.inspect("failing", ".State.Status") === "exited";
      await world.until(isOver, "there are two restarts and then none");
      await world.until(
        async () => Number(await restarts("ending")) >= 2,
        "there are two restarts",
      );
      await world.docker.must("stop", "-t", "1", "ending");
      return {
        "on-failure:2": [
          await restarts("failing"),
          await world.inspect("failing", ".State.ExitCode"),
        ],
        "running after stop": await world.inspect("ending", ".State.Running"),
      };
    },
  },
  {
    name: "live restore over a SIGKILL of dockerd",
    wanted: {
      "same process": true,
      exec: "in\n",
      "ended meanwhile": "6",
      "status of stop": "7",
    },
    play: liveRestore,
  },
  {
    name: "restart of dockerd",
    wanted: { code: 0, "running after it": "true" },
    async play(world) {
      await world.start("box", "sleep 1000");
      const code = await world.dockerd.end("SIGTERM");
      await world.dockerd.start(world.docker, world.signal);
      const running = await world.inspect("box", ".State.Running");
      return { code, "running after it": running };
    },
  },
];

async function liveRestore(world: World) {
  const { docker, dockerd } = world;
  const text =
    'trap "exit 7" TERM; i=0; while :; do i=$((i + 1)); echo "line $i"; sleep 0.1; done';
  await world.start("living", text);
  await world.start("ending", "sleep 1; exit 6");
  await logsShow(world, "line 1\n", "living");
  const before = await world.inspect("living", ".State.Pid");
  const mortal = await world.inspect("ending", ".State.Pid");

  await dockerd.end("SIGKILL");
  await world.until(
    async () => !await world.room.has(mortal),
    "the other container has ended without a daemon",
  );
  await dockerd.start(docker, world.signal);

  const after = await world.inspect("living", ".State.Pid");
  const lines = (await docker.call(["logs", "living"])).stdout;
  const next = `line ${lines.trimEnd().split("\n").length + 5}\n`;
  await logsShow(world, next, "living");
  const exec = await docker.call(["exec", "living", "echo", "in"]);
  await world.until(
    async () => await world.inspect("ending", ".State.Running") === "false",
    "the end of the other container is known",
  );
  await docker.must("stop", "-t", "20", "living");
  return {
    "same process": before === after,
    exec: exec.stdout,
    "ended meanwhile": await world.inspect("ending", ".State.ExitCode"),
    "status of stop": await world.inspect("living", ".State.ExitCode"),
  };
}

/** Waits until `docker logs` has these words. */
async function logsShow(
  world: World,
  words: string,
  name = "box",
): Promise<void> {
  await world.until(
    async () =>
      (await world.docker.call(["logs", name])).stdout.includes(words),
    `the logs of ${name} have ${JSON.stringify(words)}`,
  );
}

function ofLines() {
  const text = Array.from({ length: LINES }, (_, i) => `${i + 1}\n`).join("");
  return { bytes: text.length, sha256: sha256(text) };
}

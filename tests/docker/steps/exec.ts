/** Processes beside the first one of a container, and what is asked about it. */
import { type Step, withoutIds } from "../step.ts";

export const exec: readonly Step[] = [
  {
    name: "exec",
    wanted: { code: 7, stdout: "out\n", stderr: "err\n", input: "given" },
    async play(world) {
      const { docker } = world;
      await world.start("box", "sleep 1000");
      const text = "echo out; echo err >&2; exit 7";
      const ended = await docker.call(["exec", "box", "sh", "-c", text]);
      const cat = await docker.call(["exec", "-i", "box", "cat"], "given");
      const notThere = await docker.call(["exec", "box", "/not/there"]);
      return {
        ...ended,
        input: cat.stdout,
        "code of a command that is not there": notThere.code,
        "words about it": withoutIds(notThere.stdout + notThere.stderr),
      };
    },
  },
  {
    name: "thirty execs at once",
    wanted: { codes: numbers(30), outputs: numbers(30) },
    async play(world) {
      await world.start("box", "sleep 1000");
      const ended = await Promise.all(
        numbers(30).map((n) =>
          world.docker.call([
            ...["exec", "box", "sh", "-c"],
            `sleep 0.5; echo ${n}; exit ${n}`,
          ])
        ),
      );
      return {
        codes: ended.map(({ code }) => code),
        outputs: ended.map(({ stdout }) => Number(stdout)),
      };
    },
  },
  {
    name: "stats",
    wanted: { code: 0, rows: 1 },
    async play(world) {
      await world.start("box", "sleep 1000");
      const { code, stdout } = await world.docker.call(
        ["stats", "--no-stream", "box"],
      );
      // Before the table there may be what clears a screen.
      const rows = stdout.trimEnd().split("\n").slice(1);
      return {
        code,
        rows: rows.length,
        "has figures": rows.every((row) => /\d+\.\d+%/.test(row)),
      };
    },
  },
  {
    name: "cp",
    wanted: { in: "given\n", out: "root:x:0:0:root:/root:/bin/sh\n" },
    async play(world) {
      const { docker, scratch } = world;
      await world.start("box", "sleep 1000");
      Deno.writeTextFileSync(`${scratch}/given`, "given\n");
      await docker.must("cp", `${scratch}/given`, "box:/tmp/given");
      await docker.must("cp", "box:/etc/passwd", `${scratch}/taken`);
      const { stdout } = await docker.call([
        "exec",
        "box",
        "cat",
        "/tmp/given",
      ]);
      return { in: stdout, out: Deno.readTextFileSync(`${scratch}/taken`) };
    },
  },
];

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** Running a container: its exit code and its streams. */
import { IMAGE, sha256, type Step, withoutIds } from "../step.ts";

const MIB = "0123456789abcde\n".repeat(1 << 16);

export const run: readonly Step[] = [
  {
    name: "run",
    wanted: { code: 0, stdout: "out\n", stderr: "err\n" },
    play: async (world) => ({
      ...await world.run("sh", "-c", "echo out; echo err >&2"),
    }),
  },
  {
    name: "exit codes",
    wanted: { 0: 0, 42: 42, 126: 126, 127: 127, 137: 137 },
    async play(world) {
      const code = async (text: string) =>
        (await world.run("sh", "-c", text)).code;
      const notExecutable = await world.run("/etc/passwd");
      const notThere = await world.run("/not/there");
      return {
        0: await code("exit 0"),
        42: await code("exit 42"),
        126: notExecutable.code,
        "words of 126": withoutIds(notExecutable.stderr),
        127: notThere.code,
        "words of 127": withoutIds(notThere.stderr),
        // The first process of a container cannot kill itself.
        137: await code('sh -c "kill -9 \\$\\$"; exit $?'),
      };
    },
  },
  {
    name: "run -i, 1 MiB of input",
    wanted: { code: 0, stdout: `${sha256(MIB)}  -\n`, stderr: "" },
    play: async (world) => ({
      ...await world.docker.call(
        ["run", "-i", "--rm", "--net", "none", IMAGE, "sha256sum"],
        MIB,
      ),
    }),
  },
];

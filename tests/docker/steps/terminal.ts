/** Containers with a terminal: sizes, keys, attach and detach. */
import { IMAGE, type Step } from "../step.ts";

/** Ends with 3 when the terminal has this size. */
const UNTIL_RESIZED =
  'echo ready; until [ "$(stty size 2>/dev/null)" = "33 90" ]; do sleep 0.1; done; echo resized; exit 3';

export const terminal: readonly Step[] = [
  {
    name: "run -t with a resize",
    wanted: { code: 3, shown: "ready\r\nresized\r\n" },
    async play({ docker }) {
      const flags = ["-it", "--rm", "--net", "none", IMAGE];
      const window = docker.terminal(
        "run",
        ...flags,
        "sh",
        "-c",
        UNTIL_RESIZED,
      );
      await window.shows("ready");
      await window.resize(33, 90);
      return { code: await window.ends(), shown: window.shown };
    },
  },
  {
    name: "run -t, ^C",
    wanted: { code: 9 },
    async play({ docker }) {
      const text = 'trap "exit 9" INT; echo ready; while :; do sleep 0.1; done';
      const flags = ["-it", "--rm", "--net", "none", IMAGE];
      const window = docker.terminal("run", ...flags, "sh", "-c", text);
      await window.shows("ready");
      await window.type("\x03");
      return { code: await window.ends() };
    },
  },
  {
    name: "exec -t with a resize",
    wanted: { code: 3, shown: "ready\r\nresized\r\n" },
    async play(world) {
      await world.start("box", "sleep 1000");
      const words = ["exec", "-it", "box", "sh", "-c", UNTIL_RESIZED];
      const window = world.docker.terminal(...words);
      await window.shows("ready");
      await window.resize(33, 90);
      return { code: await window.ends(), shown: window.shown };
    },
  },
  {
    name: "attach and detach",
    wanted: { "running after detach": "true", "exit code": "3" },
    async play(world) {
      const { docker } = world;
      const flags = ["-dit", "--name", "box", "--net", "none", IMAGE];
      await docker.must("run", ...flags, "sh");
      const first = docker.terminal("attach", "box");
      await first.type("echo $((40 + 2))\r");
      await first.shows("\r\n42\r\n");
      // ^P ^Q
      await first.type("\x10\x11");
      const detached = await first.ends();
      const running = await world.inspect("box", ".State.Running");

      const second = docker.terminal("attach", "box");
      await second.type("echo $((40 + 3))\r");
      await second.shows("\r\n43\r\n");
      await second.type("exit 3\r");
      return {
        "code of detach": detached,
        "running after detach": running,
        "code of attach": await second.ends(),
        "exit code": await docker.must("wait", "box"),
      };
    },
  },
];

/** What ffi/process.ts does, as facts to be judged. */
import { libc } from "../../../ffi/libc.ts";
import {
  becomeSubreaper,
  exitNow,
  hideFromOthers,
  killProcess,
  kinship,
  reapAny,
} from "../../../ffi/process.ts";
import { kill } from "../posix.ts";
import { process } from "../processes.ts";
import { outputOf, reap, shell, sleeper, untilState } from "./family.ts";
import { play } from "./stage.ts";

await play({
  endings() {
    return ["exit 0", "exit 3", "kill -9 $$", "kill -15 $$"].map((script) => {
      const pid = shell(script);
      const child = reap();
      return { own: child.pid === pid, ...child.ending };
    });
  },

  /** Nothing to reap: no child at all, a running one, a stopped one. */
  nobody() {
    const none = reapAny() ?? "none";
    const pid = sleeper();
    const living = [reapAny() ?? "none", kinship(pid)];
    kill(pid, 19);
    untilState(pid, "T");
    const stopped = [reapAny() ?? "none", kinship(pid)];
    killProcess(pid);
    untilState(pid, "Z");
    const ended = kinship(pid);
    const killed = reap().ending;
    // The number is nobody's by now.
    killProcess(pid);
    return { none, living, stopped, ended, killed, after: kinship(pid) };
  },

  subreaper() {
    const { symbols: { prctl } } = Deno.dlopen("libc.so.6", {
      prctl: { parameters: ["i32", "buffer"], result: "i32" },
    });
    const value = () => {
      const result = new Int32Array(1);
      prctl(37, result); // PR_GET_CHILD_SUBREAPER
      return result[0];
    };
    const before = value();
    becomeSubreaper();
    const script = "sleep 60 >/dev/null 2>&1 & echo $!";
    const output = outputOf(["/bin/sh", "-c", script]);
    const orphan = Number(new TextDecoder().decode(output));
    const adopted = process(orphan)!.ppid === Deno.pid;
    killProcess(orphan);
    const { pid, ending } = reap();
    return {
      before,
      after: value(),
      adopted,
      reaped: pid === orphan && ending,
    };
  },

  hide() {
    const PR_GET_DUMPABLE = 3;
    const value = () => libc.prctl(PR_GET_DUMPABLE, 0n, 0n, 0n, 0n);
    const before = value();
    hideFromOthers();
    return { before, after: value() };
  },

  exit(status: string) {
    addEventListener("unload", () => console.log("a handler ran"));
    exitNow(Number(status));
  },
});

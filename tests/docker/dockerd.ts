import { readOrNone } from "../support/look.ts";
import { children } from "../support/processes.ts";
import type { Client } from "./client.ts";
import type { Room } from "./room.ts";
import { untilTrue } from "./waiting.ts";

/** What a dockerd has to itself. */
interface DockerdOptions {
  room: Room;
  /** For its programs in `bin`, its socket, its data, its state and its log. */
  directory: string;
  cgroup: string;
}

/** A dockerd in a room, and how it ends. */
export class Dockerd {
  readonly #options: DockerdOptions;
  readonly #log: string;
  #process: Deno.ChildProcess | undefined;
  #end = Promise.withResolvers<never>();

  constructor(options: DockerdOptions) {
    this.#options = options;
    this.#log = `${options.directory}/dockerd.log`;
    this.#end.promise.catch(() => {});
  }

  /** Rejects, with its last words, when it ends though nobody asked it to. */
  get unasked(): Promise<never> {
    return this.#end.promise;
  }

  /** Starts it, and waits until it answers. */
  async start(client: Client, signal: AbortSignal): Promise<void> {
    const { directory } = this.#options;
    Deno.writeTextFileSync(`${directory}/daemon.json`, "{}\n");
    const [nsenter, args] = this.#options.room.enter(
      "sh",
      ["-c", 'exec "$@" >>"$0" 2>&1', this.#log, ...this.#words()],
    );
    const child = new Deno.Command(nsenter, {
      args,
      env: {
        PATH: `${directory}/bin:${Deno.env.get("PATH")}`,
        HOME: directory,
        // So that it leaves the profiles of the machine's AppArmor alone.
        container: "room",
      },
      stdin: "null",
    }).spawn();
    this.#process = child;
    child.status.then(({ code, signal }) => {
      if (this.#process !== child) return;
      const how = signal ?? `exit code ${code}`;
      this.#end.reject(
        new Error(`dockerd has ended, ${how}: ${this.lastWords()}`),
      );
    });
    const answers = async () => (await client.call(["version"])).code === 0;
    await Promise.race([
      this.unasked,
      untilTrue(answers, () => `dockerd answers: ${this.lastWords()}`, signal),
    ]);
  }

  #words(): string[] {
    const { directory, cgroup } = this.#options;
    return [
      `${directory}/bin/dockerd`,
      ...["--host", `unix://${directory}/docker.sock`],
      ...["--graph", `${directory}/graph`, "--storage-driver", "vfs"],
      ...["--exec-root", `${directory}/exec`],
      ...["--pidfile", `${directory}/dockerd.pid`],
      ...["--config-file", `${directory}/daemon.json`],
      ...["--cgroup-parent", `/${cgroup}`],
      ...["--bridge", "none", "--iptables=false", "--ip-forward=false"],
      "--live-restore",
    ];
  }

  /** Ends it as it does not expect, or asks it to end: its exit code. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number> {
    const child = this.#process!;
    const [dockerd] = children(child.pid);
    if (!dockerd) throw new Error("dockerd has gone");
    this.#process = undefined;
    Deno.kill(dockerd.pid, signal);
    return (await child.status).code;
  }

  /** The last lines of its log. */
  lastWords(): string {
    const lines = readOrNone(this.#log)?.trimEnd().split("\n").slice(-5);
    return lines?.join("\n") ?? "it said nothing";
  }
}

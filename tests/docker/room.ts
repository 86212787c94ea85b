import { PROJECT } from "../support/build.ts";
import { linesOf } from "../support/lines.ts";
import { readOrNone } from "../support/look.ts";
import { children, processTable } from "../support/processes.ts";

/** What is in a room. */
interface RoomOptions {
  /** The control group of its containers. */
  cgroup: string;
  /** False: the room may be without cgroup v1. */
  needsCgroups: boolean;
}

/** How long the end of everything in a room may take. */
const END_MS = 20_000;

/** Namespaces of their own (mount, net, pid, uts) for a dockerd and all that it starts. */
export class Room implements AsyncDisposable {
  readonly #unshare: Deno.ChildProcess;
  /** The first process of the namespaces, as seen from here. */
  readonly #first: number;
  /** What there is of cgroup v1, in words. */
  readonly words: string;

  private constructor(unshare: Deno.ChildProcess, words: string) {
    this.#unshare = unshare;
    this.#first = children(unshare.pid)[0].pid;
    this.words = words;
  }

  /** Throws the words of what could not be had. */
  static async open(
    { cgroup, needsCgroups }: RoomOptions,
  ): Promise<Room> {
    const unshare = new Deno.Command("unshare", {
      args: [
        ...["--mount", "--net", "--pid", "--uts", "--mount-proc"],
        ...["--fork", "--kill-child"],
        `${PROJECT}/tests/docker/room.sh`,
        ...[cgroup, needsCgroups ? "yes" : "no"],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const complaints = new Response(unshare.stderr).text();
    const said: string[] = [];
    for await (const line of linesOf(unshare.stdout)) {
      if (line === "ready") return new Room(unshare, said.join("; "));
      said.push(line);
    }
    await unshare.stdin.close();
    await unshare.status;
    throw new Error([...said, (await complaints).trim()].join("\n"));
  }

  /** A program and its arguments become one that runs them in the room. */
  enter(program: string, args: readonly string[]): [string, string[]] {
    const spaces = ["--mount", "--net", "--pid", "--uts"];
    const target = `--target=${this.#first}`;
    return ["nsenter", [target, ...spaces, "--", program, ...args]];
  }

  /** True when there is a process that has this number in the room. */
  async has(pid: string): Promise<boolean> {
    const [nsenter, args] = this.enter("test", ["-d", `/proc/${pid}`]);
    return (await new Deno.Command(nsenter, { args }).output()).success;
  }

  /** How many processes in the room are shims. */
  shims(): number {
    const space = spaceOf(this.#first);
    return processTable().filter(({ pid }) =>
      spaceOf(pid) === space && isShim(pid)
    ).length;
  }

  /** Ends all that is in the room. */
  async [Symbol.asyncDispose](): Promise<void> {
    // The first process sees the end of its stdin; if it does not, it has no choice.
    await this.#unshare.stdin.close().catch(() => {});
    const late = setTimeout(() => this.#unshare.kill("SIGKILL"), END_MS);
    await this.#unshare.status;
    clearTimeout(late);
  }
}

/** The pid namespace of a process; undefined when it has gone. */
export function spaceOf(pid: number): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

/** By its name, also where it is a script. */
function isShim(pid: number): boolean {
  const words = readOrNone(`/proc/${pid}/cmdline`)?.split("\0", 2) ?? [];
  return words.some((word) => /(^|\/)docker-containerd-shim$/.test(word));
}

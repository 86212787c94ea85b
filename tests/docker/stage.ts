import { putInPlace } from "./bundle.ts";
import { Client } from "./client.ts";
import { Dockerd } from "./dockerd.ts";
import { type Outcome, unwanted } from "./outcome.ts";
import type { Room } from "./room.ts";
import { IMAGE, type Step, World } from "./step.ts";

/** One side of the comparison. */
export interface Side {
  bundle: string;
  shim: string;
  /** The busybox root file system, as a tar file. */
  image: string;
  /** An empty one, for everything that the side needs. */
  directory: string;
  /** The control group of its containers. */
  cgroup: string;
  needsCgroups: boolean;
  /** How long a step may take. */
  limitMs: number;
  /** Says that somebody wants it all to end. */
  interrupt: AbortSignal;
}

/** What was aborted gets this long to say where it was. */
const GRACE_MS = 2000;

/** A dockerd in a room on which steps are played, one after the other. */
export class Stage {
  readonly #side: Side;
  readonly #room: Room;
  readonly #dockerd: Dockerd;
  #count = 0;
  /** Why nothing more can be played here. */
  #lost: string | undefined;

  constructor(side: Side, room: Room) {
    const { directory, cgroup } = side;
    this.#side = side;
    this.#room = room;
    this.#dockerd = new Dockerd({ room, directory, cgroup });
  }

  /** Puts the shim in its place, starts the dockerd and imports the image. */
  async prepare(): Promise<void> {
    const { bundle, shim, directory, image } = this.#side;
    putInPlace(bundle, shim, `${directory}/bin`);
    await this.#limited(async (docker, signal) => {
      await this.#dockerd.start(docker, signal);
      await docker.must("import", image, IMAGE);
    });
  }

  /** Throws when nothing more can be played. */
  check(): void {
    if (this.#lost !== undefined) throw new Error(this.#lost);
  }

  /** Plays a step and removes its containers. */
  async play(step: Step): Promise<Outcome> {
    const from = performance.now();
    const seconds = () => (performance.now() - from) / 1000;
    let outcome: Outcome;
    try {
      const facts = await this.#limited((docker, signal) =>
        step.play(this.#world(docker, signal))
      );
      const why = unwanted(step, facts);
      if (why !== undefined) throw new Error(why);
      outcome = { kind: "done", facts, seconds: seconds() };
    } catch (error) {
      const why = (error as Error).message;
      outcome = { kind: "failed", why, seconds: seconds() };
    }
    try {
      await this.#limited(removeContainers);
      return outcome;
    } catch (error) {
      this.#lost = (error as Error).message;
      const why = `${this.#lost}, when its containers were to be removed`;
      return outcome.kind === "done"
        ? { kind: "failed", why, seconds: outcome.seconds }
        : outcome;
    }
  }

  #world(docker: Client, signal: AbortSignal): World {
    const scratch = `${this.#side.directory}/scratch-${++this.#count}`;
    Deno.mkdirSync(scratch);
    return new World(docker, this.#dockerd, this.#room, scratch, signal);
  }

  /** Does something that may take so long, needs a dockerd, and may be interrupted. */
  async #limited<T>(
    act: (docker: Client, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { directory, limitMs, interrupt } = this.#side;
    interrupt.throwIfAborted();
    const over = new AbortController();
    const late = AbortSignal.timeout(limitMs);
    const signal = AbortSignal.any([over.signal, late, interrupt]);
    const client = new Client(directory, signal);
    try {
      return await Promise.race([
        act(client, signal),
        this.#dockerd.unasked,
        stuck(signal),
      ]);
    } catch (error) {
      interrupt.throwIfAborted();
      if (!late.aborted) throw error;
      const { message } = error as Error;
      throw new Error(`no end after ${limitMs / 1000} s: ${message}`);
    } finally {
      over.abort();
    }
  }
}

/** Rejects some time after an abort. */
function stuck(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => {
      const timer = setTimeout(
        () => reject(new Error("it does not say where it is")),
        GRACE_MS,
      );
      Deno.unrefTimer(timer);
    })
  );
}

async function removeContainers(docker: Client): Promise<void> {
  const ids = await docker.must("ps", "--all", "--quiet");
  if (ids !== "") await docker.must("rm", "-f", "-v", ...ids.split("\n"));
}

/** What a step is: something that people do with Docker, and what comes of it. */
import { createHash } from "node:crypto";
import type { Client, Ended } from "./client.ts";
import type { Dockerd } from "./dockerd.ts";
import type { Room } from "./room.ts";
import { untilTrue } from "./waiting.ts";

/** What a step showed: name → JSON value. */
export type Facts = Record<string, unknown>;

export interface Step {
  name: string;
  /** What has to come of it with any shim; other facts only have to be the same with both. */
  wanted: Facts;
  play(world: World): Promise<Facts>;
}

/** The name of the busybox image. */
export const IMAGE = "busybox";

/** What a step plays with, and what most steps do with it. */
export class World {
  /**
   * @param scratch an empty directory
   * @param signal says when it is enough
   */
  constructor(
    readonly docker: Client,
    readonly dockerd: Dockerd,
    readonly room: Room,
    readonly scratch: string,
    readonly signal: AbortSignal,
  ) {}

  /** `docker run --rm` of a command, to its end. */
  run(...command: string[]): Promise<Ended> {
    const args = ["run", "--rm", "--net", "none", IMAGE, ...command];
    return this.docker.call(args);
  }

  /** `docker run -d` of a shell text in a container of this name. */
  async start(name: string, text: string, ...flags: string[]): Promise<void> {
    const args = ["--name", name, "--net", "none", ...flags, IMAGE];
    await this.docker.must("run", "-d", ...args, "sh", "-c", text);
  }

  /** One value of `docker inspect`, like `.State.ExitCode`. */
  inspect(name: string, value: string): Promise<string> {
    return this.docker.must("inspect", "--format", `{{${value}}}`, name);
  }

  /** Waits for a condition, as long as the step may take. */
  until(
    condition: () => boolean | Promise<boolean>,
    what: string,
  ): Promise<void> {
    return untilTrue(condition, () => what, this.signal);
  }
}

/** What a message says when the ids of containers are left out. */
export function withoutIds(text: string): string {
  return text.replaceAll(/\b([0-9a-f]{64}|[0-9a-f]{12})\b/g, "<id>");
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The recordings of the upstream binaries: where they are and how they are read. */
import { fileURLToPath } from "node:url";

/** What one run of one scenario showed: fact name → JSON value. */
export type Facts = Record<string, unknown>;

/** What upstream did in one scenario. */
export interface Recording {
  scenario: string;
  facts: Facts;
  /** Facts that upstream itself showed in several forms: every form seen. */
  varies?: Record<string, unknown[]>;
}

/** The recorded upstream versions. 0.2.2 stands for 0.2.0 to 0.2.2, 0.2.8 for 0.2.6 to 0.2.8. */
export const VERSIONS = ["0.2.2", "0.2.3", "0.2.5", "0.2.8", "0.2.9"] as const;
export type Version = typeof VERSIONS[number];

/** The two whose behaviour is the default, with their two console flags. */
export const FOLLOWED: readonly Version[] = ["0.2.8", "0.2.9"];

/**
 * Facts that no other build can share or that say nothing of the shim: the Go
 * binary's fd table, its system calls in order, its signal mask and file name,
 * and what the recording tool noted about itself.
 */
export const LEFT_OUT_FACTS: ReadonlySet<string> = new Set([
  "comm",
  "fds_sorted",
  "messages_in_model",
  "note",
  "shim",
  "shim_fds",
  "shim_stdin_fds",
  "syscalls",
]);

/** The file that holds the recordings of one version, one JSON object a line. */
export function recordingPath(version: Version): string {
  return fileURLToPath(
    new URL(`./recordings/${version}.jsonl`, import.meta.url),
  );
}

/** All recordings of one version by scenario name. */
export function readRecordings(version: Version): Map<string, Recording> {
  const text = Deno.readTextFileSync(recordingPath(version));
  const recordings = text.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Recording);
  return new Map(
    recordings.map((recording) => [recording.scenario, recording]),
  );
}

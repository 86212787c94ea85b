import { basename } from "@std/path/posix/basename";
import { dirname } from "@std/path/posix/dirname";
import { join } from "@std/path/posix/join";
import { LOG_FILE } from "../daemon/state_dir.ts";
import {
  argumentsOf,
  descriptorsOf,
  openFileOf,
  type Proc,
  statOf,
} from "../processes/proc.ts";
import { lastName } from "../processes/proc_text.ts";
import { statAt } from "./files.ts";
import { hasOurMounts, isOfThisHost, processes } from "./process_facts.ts";

/** A path by the name that the kernel has for it. */
export function resolved(path: string): string {
  const absolute = path.startsWith("/") ? path : join(Deno.cwd(), path);
  try {
    return Deno.realPathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    // What does not exist may be below a symbolic link that does.
    return parent === absolute
      ? absolute
      : join(resolved(parent), basename(absolute));
  }
}

/** Which process is the shim. */
export interface Found {
  shim: number | undefined;
  /** The directory exists no more, but the shim is still in it. */
  removed: boolean;
  /** Processes that could not be asked, and may be the shim. */
  hiddenShims: number;
}

/**
 * Finds the shim of a state directory: the process whose working directory it
 * is and which has shim-log.json open. Both go by name, so containers do not
 * count; who has our mounts comes before who may have others.
 *
 * @param directory as `resolved` makes it
 */
export function findShim(directory: string, from: Proc): Found {
  const exists = statAt(directory) !== undefined;
  const wanted = exists ? directory : `${directory} (deleted)`;
  const here: number[] = [];
  let hiddenShims = 0;
  for (const pid of processes(from)) {
    const cwd = from.link(`/proc/${pid}/cwd`);
    if (cwd === wanted && isOfThisHost(pid, from)) here.push(pid);
    const isHidden = cwd === undefined && from.isOutOfReach(`/proc/${pid}/fd`);
    if (isHidden && looksLikeShim(pid, from)) hiddenShims++;
  }
  const isOurs = (pid: number) => hasOurMounts(pid, from);
  const shim = shimAmong(here.filter(isOurs), from) ??
    shimAmong(here.filter((pid) => !isOurs(pid)), from);
  return { shim, removed: !exists && shim !== undefined, hiddenShims };
}

function shimAmong(here: readonly number[], from: Proc): number | undefined {
  return here.find((pid) =>
    hasLogOpen(pid, from) && !isChildOfOne(pid, here, from)
  ) ?? here.find((pid) => isStarting(pid, from));
}

function hasLogOpen(pid: number, from: Proc): boolean {
  for (const fd of descriptorsOf(pid, from)) {
    const file = openFileOf(pid, fd, from);
    if (file !== undefined && lastName(file) === LOG_FILE) return true;
  }
  return false;
}

/** A child that has not yet become another program has the same files. */
function isChildOfOne(
  pid: number,
  others: readonly number[],
  from: Proc,
): boolean {
  const parent = statOf(pid, from)?.parent;
  return parent !== undefined && others.includes(parent);
}

/** A shim that has not opened its log yet goes by its name. */
function isStarting(pid: number, from: Proc): boolean {
  const [program = ""] = argumentsOf(pid, from);
  return basename(program).includes("containerd-shim") &&
    looksLikeShim(pid, from);
}

/** `<program> <id> <bundle> <runtime>`; everybody may read the arguments. */
function looksLikeShim(pid: number, from: Proc): boolean {
  const argv = argumentsOf(pid, from);
  const [id, bundle] = argv.slice(argv[1] === "--" ? 2 : 1);
  return argv.length >= 4 && !id.startsWith("-") && bundle.startsWith("/");
}

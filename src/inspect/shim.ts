import { basename } from "@std/path/posix/basename";
import { bytesToText, textToBytes } from "../../ffi/text.ts";
import { LOG_FILE } from "../daemon/state_dir.ts";
import {
  argumentsOf,
  descriptorsOf,
  openFileOf,
  type Proc,
  statOf,
} from "../processes/proc.ts";
import { lastName } from "../processes/proc_text.ts";
import type { Machine } from "./files.ts";
import { hasOurMounts, isOfThisHost, processes } from "./process_facts.ts";

/** As many as the kernel follows, path_resolution(7). */
const MOST_LINKS = 40;

/**
 * An absolute path by the name that the kernel has for it, in the words of its
 * links. What does not exist may be below a symbolic link that does.
 */
export function resolved(path: string, from: Proc): string {
  // No file has such a name, but process.json may.
  if (path.includes("\0")) return path;
  const rest = path.split("/");
  let done = "", links = 0;
  while (rest.length > 0) {
    const name = rest.shift()!;
    if (name === "..") done = done.slice(0, Math.max(0, done.lastIndexOf("/")));
    if (name === "" || name === "." || name === "..") continue;
    const target = from.link(`${done}/${name}`);
    if (target === undefined || links++ === MOST_LINKS) done += `/${name}`;
    else {
      if (target.startsWith("/")) done = "";
      rest.unshift(...target.split("/"));
    }
  }
  // A part may be UTF-8 where the whole is not, and then it is written so.
  return done === "" ? "/" : bytesToText(textToBytes(done));
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
export function findShim(directory: string, from: Machine): Found {
  const exists = from.identify(directory) !== undefined;
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

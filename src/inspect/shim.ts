import { basename } from "@std/path/posix/basename";
import { dirname } from "@std/path/posix/dirname";
import { join } from "@std/path/posix/join";
import { lastName, parseCmdline, parseStat } from "./proc.ts";
import { linkAt, openFiles, processes, procText, statAt } from "./look.ts";
import { LOG_FILE } from "../daemon/state_dir.ts";

/** A directory by the name that the kernel has for it. */
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
 * is and which has shim-log.json open.
 *
 * @param directory as `resolved` makes it
 */
export function findShim(directory: string): Found {
  const target = statAt(directory);
  const here: number[] = [];
  let hiddenShims = 0;
  for (const pid of processes()) {
    const cwd = linkAt(`/proc/${pid}/cwd`);
    if (cwd.kind === "denied" && looksLikeShim(pid)) hiddenShims++;
    if (cwd.kind !== "seen") continue;
    const isHere = target === undefined
      ? cwd.value === `${directory} (deleted)`
      : isDirectory(target, directory, cwd.value, pid);
    if (isHere) here.push(pid);
  }
  const shim = here.filter((pid) => hasLogOpen(pid) && !isChildOfOne(pid, here))
    .concat(here.filter((pid) => isStarting(pid)))[0];
  return {
    shim,
    removed: target === undefined && shim !== undefined,
    hiddenShims,
  };
}

function isDirectory(
  target: Deno.FileInfo,
  directory: string,
  link: string,
  pid: number,
): boolean {
  // Only what has the name is asked: stat(2) could wait for a network.
  if (lastName(link) !== basename(directory)) return false;
  const info = statAt(`/proc/${pid}/cwd`);
  return info !== undefined && info.dev === target.dev &&
    info.ino === target.ino;
}

function hasLogOpen(pid: number): boolean {
  const fds = openFiles(pid);
  return fds.kind === "seen" && fds.value.some((fd) => {
    const link = linkAt(`/proc/${pid}/fd/${fd}`);
    return link.kind === "seen" && lastName(link.value) === LOG_FILE;
  });
}

/** A child that has not yet become another program has the same files. */
function isChildOfOne(pid: number, others: readonly number[]): boolean {
  const parent = parseStat(procText(`/proc/${pid}/stat`))?.parent;
  return parent !== undefined && others.includes(parent);
}

/** A shim that has not opened its log yet goes by its name. */
function isStarting(pid: number): boolean {
  const [program = ""] = parseCmdline(procText(`/proc/${pid}/cmdline`));
  return basename(program).includes("containerd-shim") && looksLikeShim(pid);
}

/** `<program> <id> <bundle> <runtime>`; everybody may read the arguments. */
function looksLikeShim(pid: number): boolean {
  const argv = parseCmdline(procText(`/proc/${pid}/cmdline`));
  const [id, bundle] = argv.slice(argv[1] === "--" ? 2 : 1);
  return argv.length >= 4 && !id.startsWith("-") && bundle.startsWith("/");
}

import { statOrNone } from "../support/look.ts";

/** The programs that come with Docker 17.0x. */
const PROGRAMS = [
  "docker",
  "dockerd",
  "docker-containerd",
  "docker-containerd-ctr",
  "docker-containerd-shim",
  "docker-init",
  "docker-proxy",
  "docker-runc",
];

/** Throws which of a bundle's programs are not there. */
export function checkBundle(bundle: string): void {
  const missing = PROGRAMS.filter((name) => !isExecutable(`${bundle}/${name}`));
  if (missing.length > 0) {
    throw new Error(`"${bundle}" has no ${missing.join(", no ")}`);
  }
}

/** Makes a directory for PATH with a bundle's programs, the shim being another one. */
export function putInPlace(
  bundle: string,
  shim: string,
  directory: string,
): void {
  Deno.mkdirSync(directory);
  for (const { name } of Deno.readDirSync(bundle)) {
    Deno.symlinkSync(
      name === "docker-containerd-shim" ? shim : `${bundle}/${name}`,
      `${directory}/${name}`,
    );
  }
}

function isExecutable(path: string): boolean {
  const found = statOrNone(path);
  return found !== undefined && found.isFile &&
    ((found.mode ?? 0) & 0o111) !== 0;
}

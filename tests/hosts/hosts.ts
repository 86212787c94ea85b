import { defaultShim, PROJECT } from "../support/build.ts";
import { Host, type HostOptions } from "./host.ts";
import { isThere } from "../support/look.ts";

const ROOTS = `${PROJECT}/.toolchain/roots`;
/** What `make portable` has made. */
export const PORTABLE = Deno.env.get("PORTABLE") ?? `${PROJECT}/build/portable`;

/** A kind of host, and why it cannot be tried, if it cannot. */
export interface Kind {
  name: string;
  missing?: string;
  open(): Host;
}

/** The hosts that the shim has to run on, by the form in which it does. */
export function kinds(): Kind[] {
  const program = "/usr/bin/docker-containerd-shim";
  const native = { program, mounts: { [program]: defaultShim() } };
  const mounts = Object.fromEntries(
    ["/usr/bin", "/usr/lib/docker-containerd-shim"]
      .map((path) => [path, `${PORTABLE}${path}`]),
  );
  const portable = { program, mounts };
  const inRoot = (root: string, options: HostOptions): HostOptions => ({
    ...options,
    root: { copyOf: `${ROOTS}/${root}` },
  });
  const bare = { ...portable, root: "nothing" } as const;
  return [
    kind("Debian 11, glibc 2.31", inRoot("debian-11", native)),
    kind("Debian 13, glibc 2.41", inRoot("debian-13", native)),
    kind("no C library, the portable form", bare),
    kind("no C library and Linux 3.10's system calls, the portable form", {
      ...bare,
      oldKernel: true,
    }),
    kind("musl, the portable form", inRoot("musl", portable)),
    kind("Debian 11, the portable form", inRoot("debian-11", portable)),
  ];
}

function kind(name: string, options: HostOptions): Kind {
  const needed = Object.values(options.mounts ?? {});
  if (typeof options.root === "object") needed.push(options.root.copyOf);
  const missing = needed.find((path) => !isThere(path));
  return { name, missing, open: () => new Host(options) };
}

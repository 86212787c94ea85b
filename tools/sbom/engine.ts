import type { Part } from "./component.ts";

/**
 * The engine that an executable begins with. Its version is taken from its own
 * user agent, whatever denort the build was given.
 */
export function engineOf(executable: Uint8Array): Part {
  const text = new TextDecoder("latin1").decode(executable);
  const found = new Set(
    Array.from(text.matchAll(/Deno\/(\d+\.\d+\.\d+)/g), ([, it]) => it),
  );
  const [version] = found;
  if (found.size !== 1) {
    throw new Error(
      `Cannot tell the engine's version: ${[...found].join(", ") || "none"}`,
    );
  }
  return {
    kind: "platform",
    name: "denort",
    version,
    licence: "MIT",
    purl: `pkg:github/denoland/deno@v${version}`,
    description:
      "The engine that the executable begins with. Its own parts, V8 among them, are those of this release of Deno.",
  };
}

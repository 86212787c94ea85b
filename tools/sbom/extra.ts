import * as z from "zod/mini";
import type { Part } from "./component.ts";

const EXTRA = z.array(z.strictObject({
  name: z.string(),
  version: z.string(),
  licence: z.string(),
  source: z.url(),
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  purl: z.optional(z.string()),
}));

/**
 * What is delivered beside the executable, from a JSON text.
 *
 * @throws {Error} naming the member that is missing or wrong
 */
export function extraParts(json: string): Part[] {
  const { success, data, error } = EXTRA.safeParse(JSON.parse(json));
  if (!success) {
    const [{ path, message }] = error.issues;
    throw new Error(`Component ${path.join(".")}: ${message}`);
  }
  return data.map(({ sha256, ...part }) => ({
    kind: "library",
    ...part,
    hash: ["SHA-256", sha256],
  }));
}

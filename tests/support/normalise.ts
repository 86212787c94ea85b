import { createHash } from "node:crypto";

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Where a run's own names are, to be replaced by fixed ones. */
export interface Places {
  state: string;
  bundle: string;
  runtimeDir: string;
  io: string;
  tmp: string;
  root: string;
  shim: string;
  /** Further texts to replace, first of all. */
  extraNames: readonly [from: string, to: string][];
}

/** Text that two runs of the same thing have in common. */
export function normalise(text: string, at: Places): string {
  for (const [from, to] of at.extraNames) text = text.replaceAll(from, to);
  text = text.replaceAll(
    /\/pty\d+/g,
    (found, offset: number) =>
      text.slice(0, offset).endsWith(at.tmp) ? "/pty<RANDOM>" : found,
  );
  const names = [
    [at.state, "$STATE"],
    [at.bundle, "$BUNDLE"],
    [at.runtimeDir, "$RT"],
    [at.io, "$IO"],
    [at.tmp, "$TMP"],
    [at.root, "$ROOT"],
    [at.shim, "$SHIM"],
  ];
  for (const [from, to] of names) text = text.replaceAll(from, () => to);
  const stamp = "restore-\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d";
  const zone = "(Z|[+-]\\d\\d:\\d\\d)";
  return text
    .replaceAll(RegExp(`${stamp}\\.\\d+${zone}`, "g"), "restore-<RFC3339NANO>")
    .replaceAll(RegExp(`${stamp}${zone}`, "g"), "restore-<RFC3339>")
    .replaceAll(/\/pts\/\d+/g, "/pts/<N>")
    .replaceAll(/\/pty\d+\//g, "/pty<RANDOM>/")
    .replaceAll(/\/proc\/self\/fd\/\d+/g, "/proc/self/fd/<N>");
}

/** UTF-8, in which each byte that does not belong shows as `\xNN`. */
export function readable(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return pieceByPiece(bytes);
  }
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function pieceByPiece(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const size = sequenceLength(bytes[at]);
    try {
      text += strict.decode(bytes.subarray(at, at + size));
      at += size;
    } catch {
      text += `\\x${bytes[at].toString(16).padStart(2, "0")}`;
      at += 1;
    }
  }
  return text;
}

function sequenceLength(lead: number): number {
  return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { TempDir } from "../support/own_files.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const SHIM = Deno.env.get("SHIM") ?? `${ROOT}build/docker-containerd-shim`;

function build(output: string): Uint8Array {
  const built = new Deno.Command(`${ROOT}tools/build`, {
    args: [output],
    // As `make` sets it.
    env: { V8_FLAGS: "--single-threaded --expose-gc" },
  }).outputSync();
  ok(built.success, new TextDecoder().decode(built.stderr));
  return Deno.readFileSync(output);
}

Deno.test("two builds of the same sources are the same, byte for byte", () => {
  using dir = new TempDir();
  Deno.mkdirSync(dir.at("elsewhere"));
  const [one, other] = [dir.at("one"), dir.at("elsewhere/other")].map(build);
  strictEqual(one.length, other.length);
  strictEqual(one.findIndex((byte, i) => byte !== other[i]), -1);
});

Deno.test("the executable is one ELF file without node_modules", () => {
  const bytes = Deno.readFileSync(SHIM);
  deepStrictEqual([...bytes.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
  // What deno compile appends begins where the section headers end.
  const header = new DataView(bytes.buffer, bytes.byteOffset, 64);
  const end = Number(header.getBigUint64(0x28, true)) +
    header.getUint16(0x3a, true) * header.getUint16(0x3c, true);
  const appended = new TextDecoder().decode(bytes.subarray(end));
  ok(appended.includes("docker-containerd-shim.js"));
  ok(!appended.includes("node_modules/"));
  ok(appended.includes(`"node_modules":null`));
  ok(bytes.length - end < 500_000, `${bytes.length - end} bytes appended`);
});

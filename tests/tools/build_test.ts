import { deepStrictEqual, ok } from "node:assert/strict";
import { defaultShim } from "../support/build.ts";

Deno.test("the executable is one ELF file without node_modules", () => {
  const bytes = Deno.readFileSync(defaultShim());
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

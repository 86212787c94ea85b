import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { parseSpoolSetting } from "../src/settings.ts";

Deno.test("parseSpoolSetting reads a directory and a size", () => {
  const cases: [string, string, number][] = [
    ["/spool:1", "/spool", 1],
    ["/var/lib/x:64K", "/var/lib/x", 65_536],
    ["/var/lib/x:64M", "/var/lib/x", 67_108_864],
    ["/with:colon:2G", "/with:colon", 2_147_483_648],
  ];
  for (const [text, directory, limit] of cases) {
    deepStrictEqual(parseSpoolSetting(text), { directory, limit });
  }
});

Deno.test("parseSpoolSetting: unset or empty is no spool", () => {
  strictEqual(parseSpoolSetting(undefined), undefined);
  strictEqual(parseSpoolSetting(""), undefined);
});

Deno.test("parseSpoolSetting names what is wrong", () => {
  for (
    const text of [
      "64M",
      "relative:64M",
      "/spool",
      "/spool:",
      "/spool:0",
      "/spool:-1",
      "/spool:1.5M",
      "/spool:64MB",
      "/spool:9999999999999",
    ]
  ) {
    throws(
      () => parseSpoolSetting(text),
      (error: Error) =>
        error.message.includes("DOCKER_CONTAINERD_SHIM_SPOOL") &&
        error.message.includes(JSON.stringify(text)),
      text,
    );
  }
});

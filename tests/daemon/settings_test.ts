import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  DEFAULT_GENERATION,
  FIRST_GENERATION,
  SETTINGS,
} from "../../src/daemon/generation.ts";
import {
  parseGeneration,
  parseSpoolSetting,
} from "../../src/daemon/settings.ts";

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

Deno.test("parseSpoolSetting: empty is no spool", () => {
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

Deno.test("parseGeneration takes the Docker version that brought it", () => {
  strictEqual(parseGeneration(""), DEFAULT_GENERATION);
  deepStrictEqual(SETTINGS, ["1.11", "1.12", "1.12.5", "1.13", "17.06"]);
  strictEqual(parseGeneration("1.11"), FIRST_GENERATION);
  strictEqual(parseGeneration("1.13"), DEFAULT_GENERATION);
  strictEqual(parseGeneration("17.06"), DEFAULT_GENERATION);
  for (const name of SETTINGS) ok(parseGeneration(name).names.includes(name));
});

Deno.test("parseGeneration names what is wrong", () => {
  for (const text of ["1.10", "toString", "1.11 ", "0.2.9"]) {
    throws(
      () => parseGeneration(text),
      (error: Error) =>
        error.message.includes("DOCKER_CONTAINERD_SHIM_GENERATION") &&
        error.message.includes(SETTINGS.join(", ")) &&
        error.message.includes(JSON.stringify(text)),
      text,
    );
  }
});

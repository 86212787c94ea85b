/**
 * The shim for aarch64 under qemu-user. The emulator refuses
 * PR_SET_CHILD_SUBREAPER, so the C library of these hosts says yes to every
 * prctl(2), and what starts the shim makes it the subreaper.
 */
import assert from "node:assert/strict";
import CONFIG from "../../deno.json" with { type: "json" };
import { TempDir } from "../support/own_files.ts";
import { defaultShim } from "../support/build.ts";
import { run } from "../tools/run.ts";
import { Host } from "./host.ts";
import { PORTABLE } from "./hosts.ts";

const PROGRAM = "/usr/bin/docker-containerd-shim";
const RUNTIME = Deno.env.get("AARCH64_RUNTIME")!;
const SYSROOT = Deno.env.get("AARCH64_SYSROOT")!;
/** `mov w0, 0` and `ret`. */
const SAY_YES = new Uint32Array([0x52800000, 0xd65f03c0]);

/** Makes prctl(2) of a C library do nothing. */
async function sayYes(library: string): Promise<void> {
  const symbols = await run("aarch64-linux-gnu-readelf", ["-W", "-s", library]);
  const [, address] = /: ([0-9a-f]{16}) .* prctl@@/.exec(symbols)!;
  using file = Deno.openSync(library, { write: true });
  // The code is in the first segment, which is loaded as it lies in the file.
  file.seekSync(parseInt(address, 16), Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(SAY_YES.buffer));
}

/** The native form with the C library of the cross compiler, or the portable one. */
const FORMS = {
  async native(dir: TempDir): Promise<Record<string, string>> {
    const lib = dir.at("lib");
    Deno.mkdirSync(lib);
    for (const name of Deno.readDirSync(`${SYSROOT}/lib`)) {
      if (!/\.so\.\d+$/.test(name.name)) continue;
      await run("cp", ["-L", `${SYSROOT}/lib/${name.name}`, lib]);
    }
    await sayYes(`${lib}/libc.so.6`);
    return { [PROGRAM]: defaultShim(), "/lib": lib };
  },
  async portable(dir: TempDir): Promise<Record<string, string>> {
    await run("cp", ["-a", `${PORTABLE}/usr`, dir.at("usr")]);
    const lib = dir.at("usr/lib/docker-containerd-shim");
    const [{ name }] = [...Deno.readDirSync(lib)]
      .filter(({ name }) => name.startsWith("glibc-"));
    await sayYes(`${lib}/${name}/libc.so.6`);
    return {
      "/usr/bin": dir.at("usr/bin"),
      "/usr/lib/docker-containerd-shim": lib,
    };
  },
};

for (const [form, prepare] of Object.entries(FORMS)) {
  const test = (what: string, body: (host: Host) => Promise<void>) =>
    Deno.test(`aarch64, the ${form} form: ${what}`, async () => {
      using dir = new TempDir();
      const mounts = await prepare(dir);
      using host = new Host({
        root: "nothing",
        program: PROGRAM,
        mounts,
        subreaper: true,
      });
      await body(host);
    });

  test("--version", async (host) => {
    assert.deepEqual(await host.call(["--version"]), {
      code: 0,
      text: `docker-containerd-shim ${CONFIG.version}\n`,
    });
  });

  test("a whole life", async (host) => {
    await using life = await host.start(
      { init: "echo out; echo err >&2; exit 3" },
      {},
      ({ runtime }) => Deno.copyFileSync(RUNTIME, runtime),
    );
    await life.untilExit(120_000);
    assert.equal(life.text("stdout"), "out\n");
    assert.equal(life.text("stderr"), "err\n");
    assert.equal(life.stateFile("exitStatus"), "3");
    assert.equal(life.shimResult(), 0);
    assert.deepEqual(
      life.calls().map(({ cmd }) => cmd),
      ["create", "kill", "delete"],
    );
  });

  test("a terminal", async (host) => {
    await using life = await host.start(
      { init: "tty; exit 4", terminal: true },
      {},
      ({ runtime }) => Deno.copyFileSync(RUNTIME, runtime),
    );
    await life.untilExit(120_000);
    assert.match(life.text(), /^\/dev\/pts\/\d+\r\n$/);
    assert.equal(life.stateFile("exitStatus"), "4");
  });
}

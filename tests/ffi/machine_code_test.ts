import assert from "node:assert/strict";
import { loadedMachineCode, machineCode } from "../../ffi/machine_code.ts";
import { PROJECT } from "../support/build.ts";
import { TempDir } from "../support/own_files.ts";

const THIS = Deno.build.arch;

/** The assembler's prefix for an architecture: Debian's cross binutils. */
const PREFIX = { x86_64: "", aarch64: "aarch64-linux-gnu-" } as const;

function run(command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args })
    .outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** The bytes of a source, and where its labels are. */
function assembled(arch: keyof typeof PREFIX) {
  using dir = new TempDir();
  const tool = (name: string) => PREFIX[arch] + name;
  const [object, binary] = [dir.at("object"), dir.at("binary")];
  const source = `${PROJECT}/ffi/machine_code/${arch}.s`;
  run(tool("as"), "-o", object, source);
  run(tool("objcopy"), "-O", "binary", "-j", ".text", object, binary);
  const labels = run(tool("nm"), object).split("\n").map((line) =>
    line.split(" ")
  );
  return {
    bytes: Deno.readFileSync(binary),
    labels: Object.fromEntries(
      labels.map(([at, , name]) => [name, parseInt(at, 16)]),
    ),
  };
}

for (const arch of ["x86_64", "aarch64"] as const) {
  Deno.test(`machineCode() is what the source for ${arch} assembles to`, () => {
    const { bytes, labels } = assembled(arch);
    const code = machineCode(arch);
    assert.deepEqual(code.bytes, bytes);
    const { calls, wake, descriptor } = labels;
    assert.deepEqual([calls, wake], [0, code.wake]);
    assert.equal(descriptor, code.descriptor);
  });
}

Deno.test("loadedMachineCode() can be executed, and not written to", () => {
  const { calls, wake } = loadedMachineCode();
  const start = Deno.UnsafePointer.value(calls);
  const { bytes, wake: offset } = machineCode(THIS);
  assert.equal(wake, start + BigInt(offset));
  for (const address of [start, start + BigInt(bytes.length) - 1n]) {
    assert.equal(rightsAt(address), "r-xp");
  }
});

Deno.test("loadedMachineCode() is the code, loaded once, with its own eventfd in it", () => {
  const { calls, wakeUps } = loadedMachineCode();
  const expected = machineCode(THIS);
  new DataView(expected.bytes.buffer)
    .setInt32(expected.descriptor, wakeUps.raw, true);
  const found = new Uint8Array(expected.bytes.length);
  new Deno.UnsafePointerView(calls).copyInto(found);
  assert.deepEqual(found, expected.bytes);
  const link = Deno.readLinkSync(`/proc/self/fd/${wakeUps.raw}`);
  assert.match(link, /eventfd/);
  assert.equal(loadedMachineCode(), loadedMachineCode());
});

/** What may be done with the memory at an address, as /proc/self/maps has it. */
function rightsAt(address: bigint): string | undefined {
  const maps = Deno.readTextFileSync("/proc/self/maps");
  return [...maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) (\S+)/gm)]
    .find(([, from, to]) =>
      BigInt(`0x${from}`) <= address && address < BigInt(`0x${to}`)
    )?.[3];
}

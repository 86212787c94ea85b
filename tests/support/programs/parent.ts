/** Starts a child and ends at once, leaving it behind. */
import { O_RDWR } from "../../../ffi/constants.ts";
import { open } from "../../../ffi/fd.ts";
import { spawn } from "../../../ffi/process.ts";
import { withParentDeathSignal } from "../../../src/runtime/parent_death.ts";
import { process } from "../processes.ts";

const [wrapped] = Deno.args;
const nothing = open("/dev/null", O_RDWR, '"/dev/null"');
const argv = ["/bin/sleep", "60"];
const program = wrapped === "true"
  ? withParentDeathSignal(argv[0], argv)
  : { path: argv[0], argv };
const child = spawn({
  ...program,
  stdio: [nothing, nothing, nothing],
  signalMask: new Uint8Array(128),
});
// setpriv has done its part when the program has taken its place.
while (process(child)?.comm !== "sleep");
console.log(JSON.stringify({ child }));

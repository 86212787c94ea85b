/** Judges what the unit tests of ffi/ said under qemu-user, from a file. */
import { LOST } from "./aarch64_lost.ts";
import { report } from "./listed.ts";
import { parseTap } from "./tap.ts";

const outcome = parseTap(Deno.readTextFileSync(Deno.args[0]));
Deno.exitCode = report(outcome, LOST) ? 0 : 1;

/**
 * A daemon in a process of its own, to be killed: `soak_daemon_process.ts FILE`
 * takes the jobs of FILE on where FILE.progress says that the last one stopped.
 *
 * SIGHUP: dies by SIGKILL between two reads, after writing down how far it is,
 * so that no byte is lost with it that it had taken from a FIFO.
 * SIGUSR2: lets the containers end.
 */
import { readOrNone } from "../support/look.ts";
import { kill } from "../support/posix.ts";
import { type Progress, SoakDaemon } from "./soak_daemon.ts";
import type { Job } from "./soak_job.ts";

const [file] = Deno.args;
const jobs: Job[] = JSON.parse(Deno.readTextFileSync(file));
const before = readProgress();
const results = new Map<string, Progress>(before);
const daemon = new SoakDaemon(true);

const ends = jobs.map(async (job) => {
  results.set(job.id, await daemon.attach(job, before.get(job.id)));
});
Deno.addSignalListener("SIGHUP", () => {
  writeProgress();
  kill(Deno.pid, 9);
});
Deno.addSignalListener("SIGUSR2", () => daemon.release());
Deno.writeTextFileSync(`${file}.attached`, String(Deno.pid));

// Readers come and go.
let dice = Deno.pid;
const absences = setInterval(() => {
  dice = Math.imul(dice, 1664525) + 1013904223 | 0;
  const job = jobs[(dice >>> 8) % jobs.length];
  daemon.absent(job.id, dice & 0x40 ? "stdout" : "stderr", (dice >>> 4) & 0x3f);
}, 20);

await Promise.all(ends);
clearInterval(absences);
writeProgress();
Deno.exit(0);

function readProgress(): Map<string, Progress> {
  return new Map(JSON.parse(readOrNone(`${file}.progress`) ?? "[]"));
}

function writeProgress(): void {
  const all = new Map([...results, ...daemon.progress()]);
  Deno.writeTextFileSync(`${file}.progress`, JSON.stringify([...all]));
}

import type { Bench, Subject } from "../bench.ts";
import { cpuSeconds, sleeps } from "../process_costs.ts";
import type { Measure } from "../results.ts";
import { Session } from "../session.ts";
import { pass } from "../waiting.ts";

/** Shims of each kind that are watched at the same time. */
const SHIMS = 5;
/** Upstream's last timer, the limit for opening FIFOs, and a second, in ms. */
const SETTLING = 16_000;

function count(id: string, what: string): Omit<Measure, "series"> {
  return { id, what, group: "idle", unit: "", better: "lower" };
}

interface Watched {
  subject: Subject;
  kind: "pipes" | "terminal";
  session: Session;
}

/** How often shims with nothing to do wake up, and what that costs. */
export async function measureIdle(bench: Bench): Promise<void> {
  const seconds = bench.quick ? 10 : 60;
  await using sessions = new AsyncDisposableStack();
  const watched: Watched[] = [];
  for (const subject of bench.subjects) {
    for (const kind of ["pipes", "terminal"] as const) {
      for (let i = 0; i < SHIMS; i++) {
        const session = new Session(bench.workplace, {
          shim: subject.path,
          init: ["pause"],
          terminal: kind === "terminal",
        });
        watched.push({ subject, kind, session: sessions.use(session) });
        await session.running();
      }
    }
  }
  bench.progress.note(
    `idle: ${watched.length} shims settle for ${SETTLING / 1000} s, ` +
      `then are watched for ${seconds} s`,
  );
  await pass(SETTLING);
  const before = watched.map(({ session: { pid } }) => looks(pid));
  await pass(seconds * 1000);
  watched.forEach(({ subject, kind, session }, i) => {
    const after = looks(session.pid);
    const during = `in ${seconds} s, ${kind}`;
    const wakeUps = count(`idle.wakeups.${kind}`, `wake-ups ${during}`);
    const cpu = {
      ...count(`idle.cpu.${kind}`, `processor time ${during}`),
      unit: "ms",
    };
    const add = bench.results.add.bind(bench.results);
    add(wakeUps, subject.name, after.sleeps - before[i].sleeps);
    add(cpu, subject.name, (after.cpu - before[i].cpu) * 1000);
  });
  bench.progress.done("idle");
}

function looks(pid: number): { sleeps: number; cpu: number } {
  return { sleeps: sleeps(pid), cpu: cpuSeconds(pid) };
}

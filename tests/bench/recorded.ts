/**
 * Medians of containerd-shim 0.2.9 (built with Go 1.19.8), recorded earlier on
 * another machine with two cores and Linux 6.18. They stand in where upstream
 * is not measured in the same run, and are labelled as what they are: between
 * sessions on one machine such figures already drift by a quarter. Of the
 * throughput the session that was best for upstream.
 */
export const RECORDED: ReadonlyMap<string, number> = new Map([
  ["start.pipes", 6.7],
  ["start.terminal", 7.0],
  ["exit.exitStatus", 0.69],
  ["exit.kill", 1.66],
  ["exit.delete", 3.16],
  ["exit.exit", 4.9],
  ["exit.terminal", 4.7],
  ["throughput.stdout64", 1038],
  ["throughput.stdout64.cpu", 0.62],
  ["throughput.stdout4", 1114],
  ["throughput.stdout4.cpu", 0.59],
  ["throughput.terminal", 63.3],
  ["throughput.terminal.cpu", 8.6],
  ["memory.rss.idle.1", megabytes(4404)],
  ["memory.pss.idle.1", megabytes(3518)],
  ["memory.privateDirty.idle.1", megabytes(964)],
  ["memory.pss.idle.50", megabytes(1045)],
  ["memory.privateDirty.idle.50", megabytes(974)],
  ["memory.threads.idle.1", 9],
  ["memory.descriptors.idle.1", 25],
]);

/** The name of this series in tables and plots. */
export const RECORDED_NAME = "upstream 0.2.9, recorded on another machine";

function megabytes(kilobytes: number): number {
  return kilobytes * 1024 / 1e6;
}

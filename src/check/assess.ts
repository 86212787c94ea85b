import { list } from "../words/printable.ts";
import type { HostFacts, Probe, RuntimeFacts } from "./facts.ts";
import { assessLimits } from "./limits.ts";
import { type Row, row } from "./row.ts";

/** Judges what was found out about this machine. */
export function assessHost(facts: HostFacts): Row[] {
  return [
    row("kernel", facts.kernel, "4.13 or newer", {
      verdict: atLeast(facts.kernel, 4, 13) ? "ok" : "warn",
      follows: "See the lines below for what this one lacks.",
    }),
    row("glibc", words(facts.glibc), "2.27 or newer", {
      verdict: facts.glibc.kind === "ok" && atLeast(facts.glibc.value, 2, 27)
        ? "ok"
        : "fail",
      follows: "The program does not run with an older one.",
    }),
    row("C library", symbols(facts.missingSymbols), "all functions", {
      verdict: facts.missingSymbols.length === 0 ? "ok" : "fail",
      follows: "No container can be started.",
    }),
    row("subreaper", doesItWork(facts.subreaper), "works", {
      verdict: facts.subreaper.kind === "ok" ? "ok" : "fail",
      follows: "The end of a container would never be seen.",
    }),
    row("executable memory", doesItWork(facts.machineCode), "works", {
      verdict: facts.machineCode.kind === "ok" ? "ok" : "fail",
      follows: "No runtime could be started.",
    }),
    ...assessLimits(facts.limits, facts.ownMemory, facts.strictOvercommit),
    row("/dev/null", doesItWork(facts.nullDevice), "can be read", {
      verdict: facts.nullDevice.kind === "ok" ? "ok" : "warn",
      follows: "Runtimes get an empty pipe in its place, as far as they do " +
        "not need it themselves.",
    }),
    row("terminals", doesItWork(facts.pty), "/dev/ptmx works", {
      verdict: facts.pty.kind === "ok" ? "ok" : "warn",
      follows: "A container gets a terminal only from a runtime that knows " +
        "--console-socket.",
    }),
    slave(facts),
    row("unnamed files (O_TMPFILE)", inWords(facts.unnamedFile), "work", {
      verdict: facts.unnamedFile.kind === "ok" ? "ok" : "warn",
      follows: "In a state directory like this one an exit status is lost if " +
        "the disk is full when the container ends.",
    }),
    consoleSocket(facts),
    setting("generation", facts.generation, "1.13", "the generation is 1.13"),
    setting("spool", facts.spool, "off", "nothing is spooled"),
  ];
}

/** Judges what was found out about a runtime. */
export function assessRuntime(facts: RuntimeFacts): Row[] {
  if (facts.kind === "missing") {
    return [
      row("runtime", facts.reason, "an executable", {
        verdict: "fail",
        follows: "No container can be started with it.",
      }),
    ];
  }
  return [
    row("runtime", facts.path, "an executable", {
      verdict: "ok",
      follows: "",
    }),
    row("runtime's version", words(facts.version), "any", {
      verdict: facts.version.kind === "ok" ? "ok" : "warn",
      follows: "It does not say what it is.",
    }),
    consoles(facts.consoles),
    commands(facts.commands),
  ];
}

/** Whether the shim can run: nothing has failed. */
export function isFit(rows: readonly Row[]): boolean {
  return rows.every(({ verdict }) => verdict !== "fail");
}

/** Whether a version, as `4.13.0-rc1`, is not older than another. */
export function atLeast(
  version: string,
  major: number,
  minor: number,
): boolean {
  const match = /^([0-9]+)\.([0-9]+)/.exec(version);
  if (match === null) return false;
  const [has, then] = [Number(match[1]), Number(match[2])];
  return has > major || has === major && then >= minor;
}

function words(probe: Probe<string>): string {
  return probe.kind === "ok" ? probe.value : probe.reason;
}

function inWords(probe: Probe<string>): string {
  return probe.kind === "ok" ? `work in ${probe.value}` : probe.reason;
}

function doesItWork(probe: Probe<unknown>): string {
  return probe.kind === "ok" ? "works" : probe.reason;
}

function symbols(missing: readonly string[]): string {
  return missing.length === 0 ? "all there" : `without ${list(missing)}`;
}

function slave({ slaveByMaster }: HostFacts): Row {
  const works = slaveByMaster.kind === "ok" && slaveByMaster.value;
  const found = works
    ? "works"
    : slaveByMaster.kind === "ok"
    ? "does not work"
    : slaveByMaster.reason;
  return row("terminal's slave by its master", found, "works (Linux 4.13)", {
    verdict: works ? "ok" : "warn",
    follows: "The output of a terminal ends when its last process closes it " +
      "for a moment, as systemd does.",
  });
}

function consoleSocket({ socketDirectories: probe }: HostFacts): Row {
  const directories = probe.kind === "ok" ? probe.value : [];
  const [preferred] = directories;
  const usable = directories.find(({ fault }) => fault === undefined);
  const faults = directories.filter(({ fault }) => fault !== undefined)
    .map(({ path, fault }) => `${path}: ${fault}`).join("; ");
  return row(
    "place for console sockets",
    probe.kind === "ok"
      ? [usable?.path, faults].filter(Boolean).join("; ")
      : probe.reason,
    "TMPDIR, /run or /tmp",
    {
      verdict: usable === undefined
        ? "fail"
        : usable === preferred
        ? "ok"
        : "warn",
      follows: usable === undefined
        ? "No container with a terminal can be started by a runtime that " +
          "knows --console-socket."
        : `The sockets go into ${usable.path} instead.`,
    },
  );
}

function setting(
  name: string,
  probe: Probe<string>,
  unset: string,
  follows: string,
): Row {
  const found = probe.kind === "ok" && probe.value === ""
    ? `${unset} (not set)`
    : words(probe);
  return row(`setting: ${name}`, found, "see the manual page", {
    verdict: probe.kind === "ok" ? "ok" : "warn",
    follows: `In the daemon's environment it has no effect: ${follows}.`,
  });
}

function consoles(probe: Extract<RuntimeFacts, { kind: "found" }>["consoles"]) {
  const flags = probe.kind !== "ok" ? [] : [
    ...(probe.value.socket ? ["--console-socket"] : []),
    ...(probe.value.path ? ["--console"] : []),
  ];
  return row(
    "runtime's flag for terminals",
    probe.kind === "ok" ? flags.join(" and ") || "none" : probe.reason,
    "--console-socket or --console",
    {
      verdict: flags.length > 0 ? "ok" : "warn",
      follows: "The help of its create names neither. The shim tries both " +
        "when a container wants a terminal.",
    },
  );
}

function commands(probe: Probe<string[]>): Row {
  const needed = ["create", "start", "exec", "kill", "delete"];
  const listed = probe.kind === "ok" ? probe.value : [];
  const missing = needed.filter((command) => !listed.includes(command));
  const canRestore = listed.includes("restore");
  const unknown = listed.length === 0;
  return row(
    "runtime's commands",
    probe.kind === "ok" ? listed.join(", ") || "none listed" : probe.reason,
    "those of runc",
    {
      verdict: unknown || missing.length === 0 && !canRestore
        ? "warn"
        : missing.length > 0
        ? "fail"
        : "ok",
      follows: unknown
        ? "Its help does not tell what it can do."
        : missing.length > 0
        ? `It does not list ${missing.join(", ")}.`
        : "Checkpoints cannot be restored.",
    },
  );
}

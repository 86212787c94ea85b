/** The runtime's command line, descriptors and environment. */
import { isDeepStrictEqual as isSame } from "node:util";
import type { Difference } from "../differences_between.ts";
import type { Reason, Seen } from "../reason.ts";
import { becomes, isExitStatus, isPid, list } from "./matchers.ts";

export const runtimeCalls: readonly Reason[] = [
  {
    key: "any runc",
    better: true,
    why:
      "Shims before 0.2.9 cannot start anything with runc 1.0 or later, because it does not know " +
      "`--console`. Ours works with both kinds of runc; for the daemons of 0.2.3 and 0.2.5, which " +
      "delete a container themselves, it leaves that to them.",
    places: [{
      scenarios: /runc_exit0_nowrap|runc_tty|runc_bundle_without_config/,
      facts: {
        "calls": usesConsoleSocket,
        "container_left": becomes(false, true),
        "container_status": becomes(undefined, "stopped"),
        "files/exitStatus": isExitStatus,
        "files/pid": isPid,
        "files/log\\.json/content": becomes(["error"], []),
        "start_rc": becomes(undefined, 0),
        "stderr": isWithoutRefusal,
        "stdout": isOutputOfContainer,
      },
    }],
  },
  {
    key: "asks the runtime",
    better: false,
    why:
      "Where process.json does not tell the age of the daemon, ours tries `--console-socket` first and, " +
      "when the runtime refuses it, `--console`. The refusal reaches neither the client nor log.json.",
    places: [{
      scenarios: /tty_stty/,
      facts: {
        "runtime_calls/extra": isRefusedCall,
        "order": isAfterRefusedCall,
        "files/log\\.json": isEmptyLog,
      },
    }],
  },
  {
    key: "asks twice",
    better: false,
    why:
      "When the runtime fails before there is a container, with a terminal, ours tries the other flag for it, " +
      "whatever the runtime has said. Of the two failures the daemon sees the one that counts.",
    places: [{
      scenarios: /tty_runtime_fails/,
      facts: {
        "runtime_calls/extra": isCallWithUpstreamsFlag,
        "runtime_calls/0/argv": isCallWithOtherFlag,
        "order": isAfterRefusedCall,
        "files/log\\.json": isEmptyLog,
      },
    }],
  },
  {
    key: "open 0 to 2",
    better: true,
    why:
      "With a terminal upstream starts the runtime with 0, 1 and 2 closed, so that the first files it " +
      "opens get these numbers; crun fails that way. Ours gives it /dev/null and a pipe for its words.",
    places: [{
      scenarios: /tty_attrs/,
      facts: { "attrs/0/fds": isNullAndCapture },
    }],
  },
  {
    key: "no leaked descriptors",
    better: true,
    why:
      "What the shim was started with by accident goes on to the runtime, and so into containers, " +
      "upstream; 0.2.9 leaks the terminal's master to `runtime kill`, too. Ours passes on 0, 1 and 2.",
    places: [{
      scenarios: /fd_inherited/,
      facts: { "runtime_extra_fds/.*": becomes([77], []) },
    }, {
      scenarios: /tty_attrs/,
      facts: { "attrs/1/fds": isWithoutTerminal },
    }],
  },
  {
    key: "environment as it is",
    better: true,
    why:
      "The runtime gets the environment exactly as the shim got it, also what is there twice or empty.",
    places: [{
      scenarios: /env_passthrough/,
      facts: { "env/.*": isWholeEnvironment },
    }],
  },
  {
    key: "right group",
    better: true,
    why:
      "Shims before 0.2.9 give the container's pipes to the group with the user's number. Ours gives " +
      "them to the group that was asked for.",
    places: [{
      scenarios: /rootUIDGID/,
      facts: { "create_fds": isOfRightGroup },
    }],
  },
];

/** Runc's words about the flag it does not know are gone; those about the bundle stay. */
function isWithoutRefusal({ upstream, ours }: Difference, seen: Seen): boolean {
  return upstream === "flag provided but not defined: -console\n" &&
    (seen.scenario === "runc_bundle_without_config"
      ? ours === "runc create failed\n"
      : ours === "");
}

/** The container's own words and nothing of runc's. */
function isOutputOfContainer({ ours }: Difference, { scenario }: Seen) {
  switch (scenario) {
    case "runc_tty":
      return /stty size\r\n33 90\r\n.*exit 4\r\n$/.test(String(ours));
    case "runc_bundle_without_config":
      return ours === "";
    default:
      return ours === "hello\n";
  }
}

/** The other flag, perhaps after upstream's try, and what a shim of the column's age does at the end. */
function usesConsoleSocket(
  { upstream, ours }: Difference,
  { column }: Seen,
): boolean {
  const [create, ...others] = list(ours)
    .slice(isSame(list(ours)[0], list(upstream)[0]) ? 1 : 0).map(String);
  const last = column === "0.2.2" ? ["delete $ID"] : [
    "--root $ROOT/runc kill --all $ID SIGKILL",
    "--root $ROOT/runc delete $ID",
  ];
  return / (create|start) .*--console-socket \S+ (-d )?--pid-file \$STATE\/pid \$ID$/
    .test(create) && isSame(others, /0\.2\.[35]/.test(column) ? [] : last);
}

type Calls = { cmd: string; argv: string[] }[];

/** A call with the flag that the runtime does not know, before one with the other flag. */
function isRefusedCall({ upstream, ours }: Difference, seen: Seen): boolean {
  const [{ cmd, argv }] = [ours] as Calls;
  const [first, second] = seen.ours.runtime_calls as Calls;
  return upstream === undefined && argv.includes("--console-socket") &&
    isSame(first.argv, argv) &&
    second?.cmd === cmd && second.argv.includes("--console");
}

/** Upstream's own call is the first of ours. */
function isCallWithUpstreamsFlag({ upstream, ours }: Difference, seen: Seen) {
  const [{ argv }] = [ours] as Calls;
  const [only] = seen.upstream.runtime_calls as Calls;
  return upstream === undefined && isSame(argv, only.argv);
}

/** It differs in the console flag alone. */
function isCallWithOtherFlag({ upstream, ours }: Difference): boolean {
  const flags = /^--console(-socket)?$/;
  const [theirs, mine] = [list(upstream).map(String), list(ours).map(String)];
  const at = theirs.findIndex((argument) => flags.test(argument));
  return flags.test(mine[at]) && mine[at] !== theirs[at] &&
    isSame(mine.toSpliced(at, 2), theirs.toSpliced(at, 2));
}

/** The refused call and its end come first, then everything as upstream. */
function isAfterRefusedCall({ upstream, ours }: Difference): boolean {
  const [first, end, ...rest] = list(ours);
  return /^(create|start|exec)$/.test(String(first)) &&
    end === `${first}.end` && isSame(rest, upstream);
}

function isEmptyLog({ upstream, ours }: Difference): boolean {
  const { content } = ours as { content: unknown };
  return upstream === undefined && isSame(content, []);
}

type Fds = { fd: unknown; link: string; same_as?: number }[];

function isNullAndCapture({ upstream, ours }: Difference): boolean {
  const [stdin, stdout, stderr, ...others] = ours as Fds;
  return list(upstream).length === 0 && others.length === 0 &&
    stdin.link === "/dev/null" && stdout.link === "pipe" &&
    stderr.link === "pipe" && stderr.same_as === 1;
}

function isWithoutTerminal({ upstream, ours }: Difference): boolean {
  return isSame(
    ours,
    (upstream as Fds).filter(({ link }) => link !== "/dev/ptmx"),
  );
}

function isOfRightGroup({ upstream, ours }: Difference): boolean {
  return isSame(ours, (upstream as Fds).map((fd) => ({ ...fd, gid: 1002 })));
}

/** What the scenario gave to the shim, in the order and the form that it had. */
function isWholeEnvironment({ ours }: Difference): boolean {
  return isSame(ours, [
    "ZZZ=1",
    "PATH=/usr/bin:/bin",
    "DUP=first",
    "DUP=second",
    "NOEQ",
    "=weird",
    "EMPTY=",
    "A=x=y=z",
    "",
    "UTF=\u00c3\u00a9",
    "BAD=\u00ff",
    "NL=a\nb",
  ]);
}

/** A descriptor as the kernel shows it; numbers as octal text. */
export interface Descriptor {
  fd: number;
  link: string;
  /** Open flags, with a leading 0. */
  flags: string;
  /** File type and permissions, with a leading 0. */
  mode: string;
  uid: number;
  gid: number;
}

/**
 * One call of the fake runtime, as it saw itself at its start. Times are
 * milliseconds of CLOCK_MONOTONIC. A byte that is not ASCII appears in the
 * texts as one character of Latin-1, so nothing is lost.
 */
export interface Call {
  t: number;
  /** When it ended; missing while it runs and when it was killed. */
  tEnd?: number;
  cmd: string;
  argv: string[];
  execfn: string;
  cwd: string;
  env: string[];
  pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  shimPgid: number;
  shimSid: number;
  /** PR_GET_PDEATHSIG: the signal that it gets when the shim dies. */
  pdeathsig: number;
  subreaper: number;
  fds: Descriptor[];
  shimFds: Descriptor[];
  /** Lines of /proc/self/status: signal sets, Umask, NoNewPrivs, Seccomp. */
  status: Record<string, string>;
  /** Soft and hard limits in the order of RLIMIT_*; -1 is no limit. */
  limits: [soft: number, hard: number][];
  oomScoreAdj: string;
  nice: number;
  sched: number;
  /** What was in the state directory's file at this moment. */
  exitStatus: string | null;
  /** The init's process state, "-" when it is gone, null before there is one. */
  initState: string | null;
  /** The terminal of `--console`. */
  slave?: { mode: string; uid: number; gid: number };
  /** The socket of `--console-socket` and its directory. */
  socket?: { sock_mode: string; dir_mode: string; uid: number; gid: number };
}

/** Reads the records of one fake runtime; each is parsed once. */
export class CallLog {
  readonly #known = new Map<string, Call>();

  constructor(private readonly directory: string) {}

  /** All calls so far, in the order in which they began. */
  read(): Call[] {
    const names = [...Deno.readDirSync(this.directory)].map(({ name }) => name);
    const ended = new Set(names);
    return names.filter((name) => name.endsWith(".json")).sort().map((name) => {
      const call = this.#known.get(name) ?? this.#parse(name);
      const end = name.replace(".json", ".end");
      if (call.tEnd === undefined && ended.has(end)) {
        call.tEnd = Number(Deno.readTextFileSync(`${this.directory}/${end}`)) /
          1e6;
      }
      return call;
    });
  }

  #parse(name: string): Call {
    const text = Deno.readTextFileSync(`${this.directory}/${name}`);
    const call = JSON.parse(text) as Call;
    call.t /= 1e6;
    this.#known.set(name, call);
    return call;
  }
}

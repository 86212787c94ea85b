import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { defaultProcess } from "../support/setup.ts";

/** Plays a runtime: its create starts the container and writes its pid. */
const RUNTIME = `#!/bin/sh
for argument; do
  case "$argument" in create) create=1 ;; esac
  [ "$previous" != --pid-file ] || pid_file=$argument
  previous=$argument
done
[ -n "$create" ] || exit 0
sleep 1000 &
printf %s $! >"$pid_file"
`;

/** A shim that runs in a state directory of its own, with us as its daemon. */
export class StateDirectory {
  readonly root = mkdtempSync(join(tmpdir(), "shim-node-"));
  readonly path = join(this.root, "state");
  readonly runtime = join(this.root, "runtime");
  readonly #fds: number[] = [];
  #shim: ChildProcess | undefined;

  constructor() {
    mkdirSync(this.path);
    writeFileSync(this.runtime, RUNTIME, { mode: 0o755 });
    const fifos = ["exit", "control", "stdin", "stdout", "stderr"];
    execFileSync("mkfifo", fifos, { cwd: this.path });
    const process = JSON.stringify(defaultProcess(this.path, false));
    writeFileSync(join(this.path, "process.json"), process);
  }

  /** Starts the shim; it gets as far as it can without a reader of `exit`. */
  start(shim: string): void {
    const args = ["node-id", this.root, this.runtime];
    this.#shim = spawn(shim, args, { cwd: this.path, stdio: "ignore" });
  }

  /** Opens a FIFO for reading, as a daemon does. */
  read(...names: string[]): void {
    const { O_RDONLY, O_NONBLOCK } = constants;
    for (const name of names) {
      this.#fds.push(openSync(join(this.path, name), O_RDONLY | O_NONBLOCK));
    }
  }

  get shimPid(): number {
    return this.#shim!.pid!;
  }

  get ended(): boolean {
    return this.#shim!.exitCode !== null || this.#shim!.signalCode !== null;
  }

  /** The content of a file, "" while there is none. */
  text(name: string): string {
    const path = join(this.path, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Ends every process and removes every file. */
  clear(): void {
    const init = Number(this.text("pid"));
    if (init > 0 && this.text("exitStatus") === "") endProcess(init);
    if (this.#shim !== undefined && !this.ended) endProcess(this.shimPid);
    for (const fd of this.#fds) closeSync(fd);
    rmSync(this.root, { recursive: true });
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

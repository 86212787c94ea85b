import { environmentVariable } from "../../ffi/environment.ts";
import type { Fd } from "../../ffi/fd.ts";
import {
  makeDirectory,
  removeIfThere,
  workingDirectory,
} from "../../ffi/path.ts";
import { isTerminal } from "../../ffi/pty.ts";
import {
  accept,
  listen,
  MESSAGE_MAX,
  peerUid,
  receiveFds,
} from "../../ffi/unix_socket.ts";
import type { EventLoop, Watch } from "../loop/event_loop.ts";

/** What became of the hand-over. */
export type ConsoleOutcome =
  | { kind: "received" }
  | { kind: "failed"; message: string };

/**
 * The socket over which the runtime hands the pty master to the shim
 * (`--console-socket`, runc since 1.0.0-rc3). It lives in a directory of its
 * own that nobody else may enter, under a name that nobody can guess, and is
 * gone as soon as it has served.
 */
export class ConsoleSocket implements Disposable {
  readonly path: string;
  readonly #owned = new DisposableStack();
  readonly #listening: Watch;
  #outcome: ConsoleOutcome | undefined;

  /**
   * @param received called with the master, which is then the callee's
   * @throws {Error} when there is no place for a socket
   */
  constructor(
    private readonly loop: EventLoop,
    private readonly received: (master: Fd) => void,
  ) {
    const { path, socket } = listenInPrivate(this.#owned);
    this.path = path;
    const name = "the console socket";
    this.#listening = loop.watch(name, socket, "input", {
      ready: () => this.#accept(socket),
    });
  }

  /** Undefined until the runtime has connected and sent something. */
  get outcome(): ConsoleOutcome | undefined {
    return this.#outcome;
  }

  /** Ends the wait: with a terminal, or with the reason why there is none. */
  #finish(outcome: ConsoleOutcome): void {
    this.#outcome = outcome;
    this[Symbol.dispose]();
  }

  #accept(socket: Fd): void {
    try {
      using accepted = new DisposableStack();
      const connection = accept(socket);
      if (connection === undefined) return;
      accepted.use(connection);
      // The runtime connects as root, like the shim, whoever the container is.
      if (peerUid(connection) !== Deno.uid()) return;
      accepted.move();
      this.#serve(connection);
    } catch (error) {
      this.#finish({ kind: "failed", message: (error as Error).message });
    }
  }

  #serve(connection: Fd): void {
    this.#owned.use(connection);
    this.#listening.interest = "none";
    const name = "the console connection";
    const watch = this.loop.watch(name, connection, "input", {
      ready: () => {
        const outcome = this.#tryToReceive(connection);
        if (outcome === undefined) return;
        this.loop.unwatch(watch);
        this.#finish(outcome);
      },
    });
    this.#owned.defer(() => this.loop.unwatch(watch));
  }

  #tryToReceive(connection: Fd): ConsoleOutcome | undefined {
    try {
      return this.#receive(connection);
    } catch (error) {
      return { kind: "failed", message: (error as Error).message };
    }
  }

  #receive(connection: Fd): ConsoleOutcome | undefined {
    const message = receiveFds(connection);
    if (message === undefined) return undefined;
    const [master, ...others] = message.fds;
    const refuse = (found: string): ConsoleOutcome => {
      for (const fd of message.fds) fd.close();
      return {
        kind: "failed",
        message: "Cannot take the console from the runtime: expected one " +
          `message with one terminal, found ${found}`,
      };
    };
    if (master === undefined && message.truncated) {
      return refuse("one that could not be taken: too few descriptors here");
    }
    if (master === undefined) {
      return refuse(
        message.bytes === 0
          ? "a closed connection"
          : `${message.bytes} bytes without a file descriptor`,
      );
    }
    if (message.bytes >= MESSAGE_MAX) {
      return refuse(`a name of ${message.bytes} bytes or more`);
    }
    if (others.length > 0 || message.truncated) {
      return refuse(`${message.fds.length} file descriptors`);
    }
    if (!isTerminal(master)) {
      return refuse("a file descriptor that is not a terminal");
    }
    this.received(master);
    return { kind: "received" };
  }

  [Symbol.dispose](): void {
    this.loop.unwatch(this.#listening);
    this.#owned.dispose();
  }
}

/**
 * Makes the socket below `$TMPDIR` (/tmp by default). Where that is not
 * possible, because it does not exist or its name is too long for a socket
 * address, it goes below /run or /tmp.
 *
 * @throws {Error} the reason at the first place
 */
function listenInPrivate(
  owned: DisposableStack,
): { path: string; socket: Fd } {
  let reason: unknown;
  for (const parent of socketDirectories()) {
    using attempt = new DisposableStack();
    try {
      const directory = makePrivateDirectory(parent);
      attempt.defer(() => removeIfThere(directory));
      const path = `${directory}/pty.sock`;
      // Bound, the socket is a file, even if it cannot be listened on.
      attempt.defer(() => removeIfThere(path));
      const socket = attempt.use(listen(path));
      owned.use(attempt.move());
      return { path, socket };
    } catch (error) {
      reason ??= error;
    }
  }
  throw reason;
}

/** Where the socket may be, in the order of preference. */
export function socketDirectories(): string[] {
  const configured = environmentVariable("TMPDIR") || "/tmp";
  // The runtime has another working directory: the path must be absolute.
  const first = configured.startsWith("/")
    ? configured
    : `${workingDirectory()}/${configured}`;
  return [first, "/run", "/tmp"];
}

/** The length of the longest path below one of those, in bytes. */
export const SOCKET_NAME_MAX = "/pty18446744073709551615/pty.sock".length;

/** `pty<digits>` with mode 0700; the name has 64 random bits. */
function makePrivateDirectory(parent: string): string {
  const [digits] = crypto.getRandomValues(new BigUint64Array(1));
  const path = `${parent}/pty${digits}`;
  // Fails if it exists already, whoever made it.
  makeDirectory(path, 0o700);
  return path;
}

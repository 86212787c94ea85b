import { encodePairs, type Pair } from "./pairs.ts";

/** How the fake runtime behaves when it is called in one way. */
export interface CallBehaviour {
  /** Printed before anything else. */
  stdout?: string;
  stderr?: string;
  /** Waits before it does its work. */
  delayMs?: number;
  /** Waits after its work, before it ends. */
  afterMs?: number;
  /** Ends with this status and without doing its work. */
  failBefore?: number;
  /** Ends itself by this signal and without doing its work. */
  killSelf?: number;
  /** The status at the end of its work; 0 if not given. */
  exit?: number;
  /** What goes into the pid file; the `format` is printf's for an int. */
  pidFile?: "normal" | "none" | { literal: string } | { format: string };
  /** Without `-d`: waits for the init and ends with its status. */
  foreground?: boolean;
}

/** In which wrong way a console may be handed over. */
type ConsoleMode =
  | "normal"
  | "none" // does not connect
  | "nosend" // connects and closes
  | "noscm" // sends a name without a descriptor
  | "nottyfd" // sends /dev/null
  | "twofds"
  | "longname" // 5000 bytes of name
  | "emptyname"
  | "twoconn"; // sends on a second connection

const CALLS = [
  "create",
  "exec",
  "restore",
  "kill",
  "delete",
  "start",
] as const;

type Calls = { [call in typeof CALLS[number]]?: CallBehaviour };

/** What a fake runtime does when it is called. */
export interface Behaviour extends Calls {
  /**
   * Whose flags it knows: "legacy" is a runc of 2016 and refuses
   * `--console-socket`, "modern" refuses `--console`, "both" takes either.
   */
  flags?: "both" | "legacy" | "modern";
  console?: { mode?: ConsoleMode; delayMs?: number };
  /** Without a mode it kills the init's whole session. */
  kill?: CallBehaviour & { mode?: "none" };
}

/** The fake runtime's config file. */
export function encodeBehaviour(
  state: string,
  init: readonly string[],
  behaviour: Behaviour,
): Uint8Array {
  const pairs: Pair[] = [["statedir", state]];
  for (const arg of init) pairs.push(["init.arg", arg]);
  if (behaviour.flags) pairs.push(["flags", behaviour.flags]);
  for (const [key, value] of Object.entries(behaviour.console ?? {})) {
    pairs.push([`console.${key}`, value]);
  }
  for (const call of CALLS) pairs.push(...callPairs(call, behaviour[call]));
  return encodePairs(pairs);
}

function callPairs(call: string, behaviour: CallBehaviour = {}): Pair[] {
  const { pidFile, foreground, ...plain } = behaviour;
  const pairs: Pair[] = Object.entries(plain)
    .filter(([_, value]) => value !== undefined)
    .map(([key, value]) => [`${call}.${key}`, value]);
  if (foreground) pairs.push([`${call}.foreground`, 1]);
  if (pidFile === "none") pairs.push([`${call}.pidFile.none`, 1]);
  else if (typeof pidFile === "object") {
    for (const [kind, text] of Object.entries(pidFile)) {
      pairs.push([`${call}.pidFile.${kind}`, text]);
    }
  }
  return pairs;
}

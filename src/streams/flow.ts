/**
 * All that decides what happens next in a stream: what is known of its source
 * and its sink, and how many bytes are between them. The order of the bytes is
 * head, then spool, then what is still in the source.
 */
export interface Flow {
  /**
   * - `maybe`: it may have bytes.
   * - `empty`: it has said that it has none; poll(2) tells of new ones.
   * - `ended`: nothing more will come.
   */
  source: "maybe" | "empty" | "ended";
  /** Bytes in memory that the sink has not got yet. */
  head: number;
  /** Bytes on disk behind those. */
  spooled: number;
  /** Whether there is a spool with room. */
  spoolHasRoom: boolean;
  /**
   * - `maybe`: it may have room.
   * - `full`: it has said that it has none; poll(2) tells of new room.
   * - `stuck`: that has been so for a while.
   * - `held`: it must not get the head before somebody has decided about it.
   * - `void`: it is broken; what it is given is lost, but the source goes on.
   * - `gone`: it is broken, and the stream ends with it.
   */
  sink: "maybe" | "full" | "stuck" | "held" | "void" | "gone";
}

/**
 * What to do next.
 *
 * - `write`: give the head to the sink.
 * - `read`: take from the source into memory.
 * - `load`: take from the spool into memory.
 * - `spool`: take from the source onto disk.
 * - `wait`: for what `watched` says.
 * - `end`: all is delivered that can be.
 */
export type Step = "write" | "read" | "load" | "spool" | "wait" | "end";

export function nextStep(flow: Flow): Step {
  if (flow.sink === "gone") return "end";
  if (flow.head > 0) {
    if (flow.sink === "maybe" || flow.sink === "void") return "write";
    return maySpool(flow) && flow.source === "maybe" ? "spool" : "wait";
  }
  if (flow.spooled > 0) return "load";
  if (flow.source === "ended") return "end";
  return flow.source === "maybe" ? "read" : "wait";
}

/** The spool is for a sink that does not take anything, not for a slow one. */
function maySpool(flow: Flow): boolean {
  return flow.sink === "stuck" && flow.spoolHasRoom &&
    flow.source !== "ended";
}

/** What can let the stream go on. */
export interface Watched {
  source: boolean;
  sink: boolean;
  /** Whether it matters that the sink stays full for a while. */
  patience: boolean;
}

/**
 * What to watch when the others have their turn, whatever the next step is:
 * also after a step that could be done at once, for poll(2) then tells so.
 * While there are bytes between them, the sink decides alone; the source is
 * not watched then, not even for its hang-up, which nobody could take.
 */
export function watched(flow: Flow): Watched {
  if (nextStep(flow) === "end") return NOTHING;
  if (flow.head === 0 && flow.spooled === 0) return SOURCE;
  if (flow.sink === "held") return NOTHING;
  if (maySpool(flow)) return BOTH;
  // Also of a sink that has not been tried: nobody may have read from it.
  return flow.spoolHasRoom && flow.source !== "ended" ? IMPATIENT_SINK : SINK;
}

const NOTHING: Watched = { source: false, sink: false, patience: false };
const SOURCE: Watched = { source: true, sink: false, patience: false };
const SINK: Watched = { source: false, sink: true, patience: false };
const IMPATIENT_SINK: Watched = { source: false, sink: true, patience: true };
const BOTH: Watched = { source: true, sink: true, patience: false };

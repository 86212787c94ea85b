import {
  bool,
  once,
  parseFile,
  string,
  stringOf,
  strings,
  struct,
} from "../json/struct.ts";

/** Which options the restore of a checkpoint needs. */
export interface CheckpointConfig {
  /** Open TCP connections are part of it. */
  tcp: boolean;
  /** Open Unix sockets are part of it. */
  unixSockets: boolean;
  /** It was a shell job. */
  shell: boolean;
  /** The namespaces that are not restored but made anew. */
  emptyNS: string[];
}

/**
 * Reads the config.json of a checkpoint.
 *
 * @param path of the file, for messages
 * @throws {StateError}
 */
export function parseCheckpointConfig(
  bytes: Uint8Array,
  path: string,
): CheckpointConfig {
  const config = parseFile(checkpointSchema(), bytes, path);
  return {
    tcp: config.tcp ?? false,
    unixSockets: config.unixSockets ?? false,
    shell: config.shell ?? false,
    emptyNS: (config.emptyNS ?? []).map((namespace) => namespace ?? ""),
  };
}

function checkpointSchema() {
  const flag = once(bool);
  return struct({
    created: once(() => stringOf("an RFC 3339 time", isTime)),
    name: once(string),
    tcp: flag,
    unixSockets: flag,
    shell: flag,
    exit: flag,
    emptyNS: once(strings),
  });
}

/**
 * An RFC 3339 time, and the two more forms that Go's parser lets pass: an hour
 * of one digit and a comma before the fraction.
 */
function isTime(text: string): boolean {
  const parts =
    /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/
      .exec(text);
  if (parts === null) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return month >= 1 && month <= 12 && day >= 1 &&
    day <= daysIn(year, month) && hour < 24 && minute < 60 && second < 60;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return isLeap ? 29 : 28;
}

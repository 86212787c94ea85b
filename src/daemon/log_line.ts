/** The levels that the daemon's decoder knows from the runtime's logger. */
export type Level = "error" | "warn" | "info" | "debug";

/**
 * One object of shim-log.json, ended by a newline. Keys, order and spacing are
 * upstream's. The message is escaped, which upstream leaves out: a quotation
 * mark in it must not keep the daemon from reading the object.
 */
export function logLine(level: Level, message: string): string {
  return `{"level": "${level}","msg": ${JSON.stringify(message)}}\n`;
}

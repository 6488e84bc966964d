/**
 * What the host needs of a logger. A LogTape logger can be adapted to it in
 * three lines; so can `console`.
 *
 * @module
 */

/** Levels of a record, in rising order. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** The order of the levels, lowest first. */
export const LOG_LEVELS: readonly LogLevel[] = [
  "debug",
  "info",
  "warn",
  "error",
];

/** Values that belong to a record, in the order in which they are printed. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Takes records. It must not throw. */
export interface Logger {
  /** Takes one record: a stable message, and the values that belong to it. */
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** A logger that drops everything. */
export const silentLogger: Logger = { log: () => {} };

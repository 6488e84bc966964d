/**
 * LogTape as the hub of a host's log.
 *
 * @module
 */

import {
  configureSync,
  getLogger,
  type LogLevel as TapeLevel,
  type LogRecord,
  resetSync,
} from "@logtape/logtape";
import type { Logger, LogLevel } from "../logger.ts";
import type { Log } from "./logging.ts";
import type { LogEntry } from "./record_text.ts";

const CATEGORY = "pulp";

const TO_TAPE: Readonly<Record<LogLevel, TapeLevel>> = {
  debug: "debug",
  info: "info",
  warn: "warning",
  error: "error",
};

const FROM_TAPE: Readonly<Record<TapeLevel, LogLevel>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  fatal: "error",
};

/**
 * Sends every record of this process at `level` or above to `write`, until
 * the log is disposed. LogTape's configuration is process-wide: a second log
 * takes over from the first.
 */
export function openLogTape(
  level: LogLevel,
  write: (entry: LogEntry) => void,
): Log {
  configureSync({
    reset: true,
    sinks: { stderr: (record) => write(entryOf(record)) },
    loggers: [
      { category: [], sinks: ["stderr"], lowestLevel: TO_TAPE[level] },
      // LogTape's own notes: only what went wrong.
      { category: ["logtape", "meta"], lowestLevel: "warning" },
    ],
  });
  const tape = getLogger(CATEGORY);
  const logger: Logger = {
    log(level, message, fields = {}): void {
      // A finished record: LogTape's `{name}` templates would interpret
      // what a guest wrote.
      tape.emit({
        timestamp: Date.now(),
        level: TO_TAPE[level],
        message: [message],
        rawMessage: message,
        properties: { ...fields },
      });
    },
  };
  return { logger, [Symbol.dispose]: () => resetSync() };
}

function entryOf(record: LogRecord): LogEntry {
  const message = record.message
    .map((part) => typeof part === "string" ? part : Deno.inspect(part))
    .join("");
  const ours = record.category[0] === CATEGORY;
  return {
    timeMs: record.timestamp,
    level: FROM_TAPE[record.level],
    message,
    fields: ours
      ? record.properties
      : { logger: record.category.join("."), ...record.properties },
  };
}

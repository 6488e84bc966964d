/**
 * The log of the command line: records on standard error.
 *
 * @module
 */

import { LOG_LEVELS, type Logger, type LogLevel } from "../logger.ts";
import type { ParsedArgs } from "./args.ts";
import type { CliIo } from "./io.ts";
import {
  formatJson,
  formatLogfmt,
  formatPretty,
  type LogEntry,
  type LogFormat,
} from "./record_text.ts";

/** What is logged, and how it looks. */
export interface LogSettings {
  /** The lowest level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/** A logger, and the end of it. */
export interface Log extends Disposable {
  readonly logger: Logger;
}

/**
 * `--log-level` and `--log-format`, with their defaults: pretty when a person
 * reads standard error, logfmt otherwise.
 */
export function logSettings(args: ParsedArgs, io: CliIo): LogSettings {
  const format = args.text("log-format") as LogFormat | undefined;
  return {
    level: args.required("log-level") as LogLevel,
    format: format ?? (io.stderr.isTerminal ? "pretty" : "logfmt"),
  };
}

/** Writes one record to standard error, before it returns. */
function entryWriter(
  settings: LogSettings,
  io: CliIo,
): (entry: LogEntry) => void {
  const colour = io.stderr.isTerminal && !io.noColor;
  return (entry) => {
    switch (settings.format) {
      case "logfmt":
        return io.stderr.write(formatLogfmt(entry));
      case "json":
        return io.stderr.write(formatJson(entry));
      case "pretty":
        return io.stderr.write(formatPretty(entry, colour));
    }
  };
}

/**
 * The log of a one-off command. It writes by itself, because loading LogTape
 * costs such a command more than all the rest of the command line.
 */
export function openPlainLog(settings: LogSettings, io: CliIo): Log {
  const write = entryWriter(settings, io);
  const lowest = LOG_LEVELS.indexOf(settings.level);
  const logger: Logger = {
    log(level, message, fields = {}): void {
      if (LOG_LEVELS.indexOf(level) < lowest) return;
      write({ timeMs: Date.now(), level, message, fields });
    },
  };
  return { logger, [Symbol.dispose]: () => {} };
}

/**
 * The log of a host: the same records by way of LogTape, so that what
 * libraries and extensions log there comes out in the same stream.
 */
export async function openHostLog(
  settings: LogSettings,
  io: CliIo,
): Promise<Log> {
  const { openLogTape } = await import("./logtape.ts");
  return openLogTape(settings.level, entryWriter(settings, io));
}

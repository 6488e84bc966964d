/** Records in the host's log, with the cell's name on them. */

import { log_write } from "./pulp";
import { encodeUtf8 } from "./utf8";

export enum Level {
  Debug,
  Info,
  Warn,
  Error,
}

/** Writes one record. The host cuts it at 8 KiB. */
export function log(level: Level, text: string): void {
  const bytes = encodeUtf8(text);
  log_write(level, <u32> bytes.dataStart, bytes.length);
}

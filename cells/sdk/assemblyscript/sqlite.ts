/** The cell's own database. Needs the capability `storage.sqlite`. */

import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { sqlite_exec, sqlite_query } from "./pulp";
import { lengthOut, pointerOut, takeResponse } from "./response";
import { encodeUtf8 } from "./utf8";
import { Value } from "./value";

/** The database is in use elsewhere, and stayed so for the host's busy timeout. */
export const BUSY: u32 = 12;
/** A constraint forbids it. */
export const CONSTRAINT: u32 = 13;

/** How a statement ended, and what it found or changed. */
export class SqlResult {
  /** 0 = well; see {@link BUSY} and {@link CONSTRAINT}. */
  code: u32 = 0;
  /** What SQLite says about a failure. */
  error: string = "";
  rowsAffected: i64 = 0;
  lastInsertId: i64 = 0;
  columns: string[] = [];
  rows: Value[][] = [];

  get ok(): bool {
    return this.code == 0;
  }
}

/** Runs a statement that changes something. */
export function exec(sql: string, params: Value[] = []): SqlResult {
  const text = encodeUtf8(sql);
  const writer = writeParams(params);
  const code = sqlite_exec(
    <u32> text.dataStart,
    text.length,
    writer.ptr,
    writer.length,
    pointerOut(),
    lengthOut(),
  );
  return read(code);
}

/** Runs a statement that finds rows. */
export function query(sql: string, params: Value[] = []): SqlResult {
  const text = encodeUtf8(sql);
  const writer = writeParams(params);
  const code = sqlite_query(
    <u32> text.dataStart,
    text.length,
    writer.ptr,
    writer.length,
    pointerOut(),
    lengthOut(),
  );
  return read(code);
}

function writeParams(params: Value[]): MsgpackWriter {
  const writer = new MsgpackWriter();
  if (params.length == 0) return writer;
  writer.list(params.length);
  for (let i = 0; i < params.length; i++) writer.value(params[i]);
  return writer;
}

/** A failure carries a response too, unless it came before SQLite was asked. */
function read(code: u32): SqlResult {
  const result = new SqlResult();
  result.code = code;
  const bytes = takeResponse();
  if (bytes.length == 0) return result;
  const reader = MsgpackReader.of(bytes);
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "rows_affected") result.rowsAffected = reader.int();
    else if (key == "last_insert_id") result.lastInsertId = reader.int();
    else if (key == "error") result.error = reader.str();
    else if (key == "columns") {
      for (let c = reader.list(); c > 0 && !reader.failed; c--) {
        result.columns.push(reader.str());
      }
    } else if (key == "rows") {
      for (let r = reader.list(); r > 0 && !reader.failed; r--) {
        const row: Value[] = [];
        for (let c = reader.list(); c > 0 && !reader.failed; c--) {
          row.push(reader.value());
        }
        result.rows.push(row);
      }
    } else reader.skip();
  }
  if (!reader.done && result.code == 0) result.code = 3;
  return result;
}

/**
 * The records of `sqlite_exec` and `sqlite_query`.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { MessageReader } from "./reader.ts";
import { scanFirst } from "./scan.ts";
import { Timestamp } from "./timestamp.ts";
import { MsgpackWriter } from "./writer.ts";

/**
 * A value of SQLite: NULL, INTEGER (bigint), REAL (number, also when it is
 * integral), TEXT, BLOB.
 */
export type SqlValue = null | bigint | number | string | Uint8Array;

/**
 * A parameter that MessagePack can carry and SQLite cannot hold. Its code is
 * `contract`; the request itself was sound, so a cell can be told why.
 */
export class UnbindableParameterError extends PulpError {
  /** `index` counts from 1, as SQLite does. */
  constructor(index: number, reason: string) {
    super("contract", `Cannot bind parameter ${index}: ${reason}`);
    this.name = "UnbindableParameterError";
  }
}

/**
 * The parameters of a statement, from an array, nil or no bytes at all.
 * Booleans become 1 and 0, timestamps RFC 3339 text.
 *
 * @throws {PulpError} `contract`: not an array, or an
 * {@linkcode UnbindableParameterError}.
 */
export function decodeParams(bytes: Uint8Array): SqlValue[] {
  if (bytes.length === 0) return [];
  scanFirst(bytes);
  const reader = new MessageReader(bytes);
  if (reader.skipNil()) return [];
  if (reader.kind() !== "array") {
    throw new PulpError(
      "contract",
      "Cannot decode the parameters: they are not an array",
    );
  }
  const count = reader.readHeader();
  const params: SqlValue[] = [];
  for (let index = 1; index <= count; index++) {
    params.push(readParam(reader, index));
  }
  return params;
}

function readParam(reader: MessageReader, index: number): SqlValue {
  switch (reader.kind()) {
    case "nil":
      reader.skipNil();
      return null;
    case "bool":
      return reader.readBool() ? 1n : 0n;
    case "int": {
      const n = BigInt(reader.readInt());
      if (n <= 0x7fff_ffff_ffff_ffffn) return n;
      throw new UnbindableParameterError(
        index,
        `${n} is more than an INTEGER holds`,
      );
    }
    case "float":
      return reader.readFloat();
    case "str":
      try {
        return reader.readExactText();
      } catch {
        throw new UnbindableParameterError(index, "the text is not UTF-8");
      }
    case "bin":
      return reader.readBytes();
    case "ext": {
      const ext = reader.readExt();
      if (ext instanceof Timestamp) return ext.toString();
      throw new UnbindableParameterError(
        index,
        `extension ${ext.type} is no value of SQLite`,
      );
    }
    case "array":
      throw new UnbindableParameterError(index, "it is an array");
    case "map":
      throw new UnbindableParameterError(index, "it is a map");
  }
}

/** What a statement did. */
export interface ExecResult {
  /** Rows inserted, changed or deleted. */
  readonly rowsAffected: bigint | number;
  /** The connection's last rowid. */
  readonly lastInsertId: bigint | number;
  /** Why the statement failed. Absent and empty are left out of the record. */
  readonly error?: string | undefined;
}

/** `{rows_affected, last_insert_id, error?}`. `writer` may be kept for more. */
export function encodeExecResult(
  result: ExecResult,
  writer: MsgpackWriter = new MsgpackWriter(),
): Uint8Array<ArrayBuffer> {
  const error = result.error ?? "";
  writer.restart().map(error === "" ? 2 : 3)
    .str("rows_affected").i64(result.rowsAffected)
    .str("last_insert_id").i64(result.lastInsertId);
  if (error !== "") writer.str("error").str(error);
  return writer.finish();
}

/** What a query found. */
export interface QueryResult {
  /** Names in the order of the row's values. Absent = nil, as after a failure. */
  readonly columns?: readonly string[] | undefined;
  /** Empty and absent are both written as nil. */
  readonly rows?: readonly (readonly SqlValue[])[] | undefined;
  /** Why the query failed. Absent and empty are left out of the record. */
  readonly error?: string | undefined;
}

/**
 * `{columns, rows, error?}`. `writer` may be kept for more. Throws `contract`
 * for an integer beyond 64 bits.
 */
export function encodeQueryResult(
  result: QueryResult,
  writer: MsgpackWriter = new MsgpackWriter(),
): Uint8Array<ArrayBuffer> {
  const { columns, rows, error = "" } = result;
  writer.restart().map(error === "" ? 2 : 3).str("columns");
  if (columns === undefined) writer.nil();
  else {
    writer.array(columns.length);
    for (const column of columns) writer.str(column);
  }
  writer.str("rows");
  if (rows === undefined || rows.length === 0) writer.nil();
  else {
    writer.array(rows.length);
    for (const row of rows) {
      writer.array(row.length);
      for (const value of row) writeValue(writer, value);
    }
  }
  if (error !== "") writer.str("error").str(error);
  return writer.finish();
}

function writeValue(writer: MsgpackWriter, value: SqlValue): void {
  if (value === null) writer.nil();
  else if (typeof value === "bigint") writer.i64(value);
  else if (typeof value === "number") writer.f64(value);
  else if (typeof value === "string") writer.str(value);
  else writer.bin(value);
}

/**
 * `storage.sqlite`: a database of the cell's own.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import {
  decodeParams,
  encodeExecResult,
  encodeQueryResult,
  type ExecResult,
  type QueryResult,
  type SqlValue,
  UnbindableParameterError,
} from "../abi/sqlite.ts";
import { Slab } from "../abi/short.ts";
import { utf8Of } from "../abi/utf8.ts";
import { MsgpackWriter } from "../abi/writer.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { shapesOf } from "./contract.ts";
import { storageNeeds } from "./needs.ts";
import { type GuestMemory, readBriefly } from "./guest_memory.ts";
import { CellDatabase } from "./sqlite/cell_database.ts";
import { SqlFailure } from "./sqlite/failure.ts";
import { TOO_LARGE } from "./sqlite/row_sink.ts";

const NAME = "storage.sqlite";

/**
 * Makes the capability. The database is `<storage root>/<cell>/data.db`,
 * opened when the cell first uses it and closed with the cell. Writes are on
 * disk when they are acknowledged.
 *
 * What it answers beside the common codes: 5 the SQL failed, 12 the database
 * stayed locked for `LIMITS.sqliteBusyMs`, 13 a constraint was violated, 14 it
 * is read-only. The response then carries the reason as `error`.
 */
export function sqlite(): Capability {
  return {
    name: NAME,
    stubs: shapesOf(NAME),
    permissions: storageNeeds,
    imports,
  };
}

function imports(cell: CellContext): Readonly<Record<string, HostCall>> {
  const { memory } = cell;
  const database = new CellDatabase(cell);
  // Answers are copied into the guest before the next one is written.
  const writer = new MsgpackWriter(WRITER_BYTES);
  cell.onClose(() => database.close());
  return {
    sqlite_exec: (sqlPtr = 0, sqlLen = 0, ptr = 0, len = 0, po?, lo?) =>
      answer(memory, [sqlPtr, sqlLen, ptr, len, po, lo], {
        run: (sql, values) =>
          encodeExecResult(
            database.use((open) => open.exec(sql, values)),
            writer,
          ),
        refuse: (error) => encodeExecResult({ ...NOTHING_DONE, error }),
      }),
    sqlite_query: (sqlPtr = 0, sqlLen = 0, ptr = 0, len = 0, po?, lo?) =>
      answer(memory, [sqlPtr, sqlLen, ptr, len, po, lo], {
        run: (sql, values) =>
          encodeRows(
            database.use((open) => open.query(sql, values)),
            writer,
          ),
        refuse: (error) => encodeQueryResult({ error }),
      }),
  };
}

/** The writer of a cell's answers begins with that many bytes, for many small ones. */
const WRITER_BYTES = 16 << 10;

const NOTHING_DONE: ExecResult = { rowsAffected: 0, lastInsertId: 0 };

type Arguments = readonly [
  sqlPtr: number,
  sqlLen: number,
  paramsPtr: number,
  paramsLen: number,
  ptrOut: number | undefined,
  lenOut: number | undefined,
];

/** What differs between the two functions: encoded results, and encoded failures. */
interface Operation {
  run(sql: string, values: readonly SqlValue[]): Uint8Array;
  refuse(error: string): Uint8Array;
}

function answer(
  memory: GuestMemory,
  [sqlPtr, sqlLen, paramsPtr, paramsLen, ptrOut, lenOut]: Arguments,
  operation: Operation,
): number {
  const respond = (bytes: Uint8Array): number =>
    ptrOut === undefined || lenOut === undefined
      ? CODE.ok
      : memory.respond(bytes, ptrOut, lenOut);
  if (sqlLen === 0) return CODE.empty;
  try {
    if (
      !memory.holds(sqlPtr, sqlLen) || !memory.holds(paramsPtr, paramsLen)
    ) return CODE.range;
    const params = readBriefly(memory, paramsPtr, paramsLen, slab);
    if (params === undefined) {
      throw new SqlFailure(
        `Cannot bind the parameters: they are longer than ${LIMITS.messageBytes} bytes`,
      );
    }
    const values = valuesOf(params);
    if (values === undefined) return CODE.undecodable;
    return respond(operation.run(readSql(memory, sqlPtr, sqlLen), values));
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error;
    // The cell gets the code also when the text finds no room.
    respond(operation.refuse(error.message));
    return error.code;
  }
}

/** The text of a statement. Throws {@linkcode SqlFailure} when it can't be one. */
function readSql(memory: GuestMemory, ptr: number, len: number): string {
  const sql = memory.readText(ptr, len, LIMITS.sqliteTextBytes);
  if (sql === undefined) {
    throw new SqlFailure(
      `Cannot run the SQL: it is longer than ${LIMITS.sqliteTextBytes} bytes`,
    );
  }
  if (!sql.includes("\ufffd")) return sql;
  // A letter that stands for what is none would be stored in its place.
  const bytes = memory.read(ptr, len, LIMITS.sqliteTextBytes);
  if (bytes === undefined || utf8Of(bytes) === undefined) {
    throw new SqlFailure("Cannot run the SQL: it is not UTF-8");
  }
  return sql;
}

/** Parameters are bound before anything else is read. */
const slab = new Slab();

const NO_VALUES: readonly SqlValue[] = [];

function valuesOf(params: Uint8Array): readonly SqlValue[] | undefined {
  if (params.length === 0) return NO_VALUES;
  try {
    return decodeParams(params);
  } catch (error) {
    if (error instanceof UnbindableParameterError) {
      throw new SqlFailure(error.message, CODE.refused, { cause: error });
    }
    return undefined;
  }
}

function encodeRows(result: QueryResult, writer: MsgpackWriter): Uint8Array {
  const bytes = encodeQueryResult(result, writer);
  if (bytes.length <= LIMITS.messageBytes) return bytes;
  throw new SqlFailure(`Cannot answer the query: ${TOO_LARGE}`);
}

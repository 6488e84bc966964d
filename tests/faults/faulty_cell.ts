/**
 * A cell that answers, traps or hangs, as a request asks it to.
 *
 * @module
 */

import { cellWat, wat } from "../../src/testing/wat.ts";

/** What a request asks for, by its method. */
export const METHOD = Object.freeze({
  answer: "GET",
  trap: "PUT",
  hang: "DELETE",
  /** Hangs in SQLite, if the cell may use it. */
  sql: "OPTIONS",
});

/**
 * Assembles the cell for one path. It finds id and method where the host puts
 * them: the id is the first field of a request, the method the second.
 */
export async function faultyCell(
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const routes = Object.values(METHOD).map((method, at) => ({
    at: 256 * (at + 1),
    bytes: [
      0x82,
      ...str("method"),
      ...str(method),
      ...str("path"),
      ...str(path),
    ],
  }));
  const answer = [
    0x83,
    ...str("id"),
    0xcf,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    ...str("status"),
    0xcc,
    200,
    ...str("body"),
    0xc4,
    2,
    0x6f,
    0x6b,
  ];
  const endless = [...new TextEncoder().encode(ENDLESS_SQL)];
  return await wat(cellWat({
    imports: `
      (import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
      (import "pulp" "http_respond" (func $respond (param i32 i32) (result i32)))
      (import "pulp" "sqlite_query" (func $query (param i32 i32 i32 i32 i32 i32) (result i32)))`,
    without: ["pulp_alloc", "pulp_init", "pulp_step"],
    functions: `
      ${routes.map(({ at, bytes }) => data(at, bytes)).join("\n")}
      ${data(ANSWER, answer)}
      ${data(SQL, endless)}
      ;; One event at a time, always in the same place.
      (func (export "pulp_alloc") (param i32) (result i32)
        (i32.const 4096))
      (func (export "pulp_init") (param i32 i32) (result i32)
        (i32.or
          ${
      routes.map(({ at, bytes }) =>
        `(call $register (i32.const ${at}) (i32.const ${bytes.length}))`
      ).reduce((a, b) => `(i32.or ${a} ${b})`)
    }
          (i32.const 0)))
      (func (export "pulp_step") (param $in i32) (param i32) (result i32)
        (local $method i32)
        (if (i32.eqz (i32.load offset=16 (local.get $in)))
          (then (return (i32.const 0))))
        (local.set $method (i32.load8_u offset=${METHOD_OFFSET} (local.get $in)))
        (if (i32.eq (local.get $method) (i32.const ${
      METHOD.trap.charCodeAt(0)
    }))
          (then (unreachable)))
        (if (i32.eq (local.get $method) (i32.const ${
      METHOD.hang.charCodeAt(0)
    }))
          (then (loop $again (br $again))))
        (if (i32.eq (local.get $method) (i32.const ${METHOD.sql.charCodeAt(0)}))
          (then (drop (call $query (i32.const ${SQL}) (i32.const ${endless.length})
            (i32.const 0) (i32.const 0) (i32.const 16) (i32.const 20)))))
        (i64.store offset=${
      ANSWER + 5
    } (i32.const 0) (i64.load offset=${ID_OFFSET} (local.get $in)))
        (call $respond (i32.const ${ANSWER}) (i32.const ${answer.length})))`,
  }));
}

const ANSWER = 2048;
const SQL = 3072;
const ENDLESS_SQL =
  "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
const ENVELOPE = 20;
/** Behind `{kind: "http.request", payload: {id: `. */
const ID_OFFSET = ENVELOPE + 1 + 5 + 13 + 8 + 1 + 3 + 1;
/** Behind the id, the key `method` and the length of the text. */
const METHOD_OFFSET = ID_OFFSET + 8 + 7 + 1;

/** A short text in MessagePack. */
function str(text: string): number[] {
  return [0xa0 | text.length, ...new TextEncoder().encode(text)];
}

function data(at: number, bytes: readonly number[]): string {
  const hex = bytes.map((byte) => `\\${byte.toString(16).padStart(2, "0")}`);
  return `(data (i32.const ${at}) "${hex.join("")}")`;
}

import { encode } from "@msgpack/msgpack";
import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { decodeMessage } from "./decode.ts";
import {
  decodeParams,
  encodeExecResult,
  encodeQueryResult,
  type SqlValue,
  UnbindableParameterError,
} from "./sqlite.ts";
import { MsgpackWriter } from "./writer.ts";

Deno.test("decodeParams() takes nothing, nil and an empty array for no parameters", () => {
  for (const bytes of [[], [0xc0], [0x90]]) {
    assertEquals(decodeParams(Uint8Array.from(bytes)), []);
  }
});

Deno.test("decodeParams() keeps integers and floats apart", () => {
  const bytes = new MsgpackWriter().array(9)
    .nil().bool(true).bool(false).u8(7).i64(7n).u64(2n ** 63n - 1n)
    .f64(7).raw(Uint8Array.of(0xca, 0x3f, 0xc0, 0, 0)).i64(-(2n ** 63n))
    .finish();
  assertEquals(decodeParams(bytes), [
    null,
    1n,
    0n,
    7n,
    7n,
    2n ** 63n - 1n,
    7,
    1.5,
    -(2n ** 63n),
  ]);
});

Deno.test("decodeParams() takes text, bytes and timestamps", () => {
  const bytes = new MsgpackWriter().array(4)
    .str("\ufeff\u00fc\u0000").bin(Uint8Array.of(0, 255))
    .timestamp(1_700_000_000, 5).bin(new Uint8Array(0)).finish();
  assertEquals(decodeParams(bytes), [
    "\ufeff\u00fc\u0000",
    Uint8Array.of(0, 255),
    "2023-11-14T22:13:20.000000005Z",
    new Uint8Array(0),
  ]);
});

Deno.test("decodeParams() names the parameter that SQLite cannot hold", () => {
  const values: [Uint8Array, string][] = [
    [
      new MsgpackWriter().u64(2n ** 63n).finish(),
      "9223372036854775808 is more than an INTEGER holds",
    ],
    [encode([1]), "it is an array"],
    [encode({}), "it is a map"],
    [Uint8Array.of(0xd4, 5, 0), "extension 5 is no value"],
    [Uint8Array.of(0xa1, 0xff), "the text is not UTF-8"],
  ];
  for (const [value, what] of values) {
    const bytes = new MsgpackWriter().array(2).nil().raw(value).finish();
    const error = assertThrows(
      () => decodeParams(bytes),
      UnbindableParameterError,
      `Cannot bind parameter 2: ${what}`,
    );
    assertEquals(error.code, "contract");
  }
});

Deno.test("decodeParams() refuses what is not an array", () => {
  for (const bytes of [[0x80], [0x01], [0x91], [0xc1]]) {
    const error = assertThrows(
      () => decodeParams(Uint8Array.from(bytes)),
      PulpError,
    );
    assertEquals(error instanceof UnbindableParameterError, false);
    assertEquals(error.code, "contract");
  }
});

Deno.test("encodeExecResult() writes int64 and leaves out an empty error", () => {
  assertEquals(
    encodeExecResult({ rowsAffected: 1, lastInsertId: -1n }).toHex(),
    "82ad726f77735f6166666563746564d30000000000000001" +
      "ae6c6173745f696e736572745f6964d3ffffffffffffffff",
  );
  assertEquals(
    decodeMessage(
      encodeExecResult({ rowsAffected: 0, lastInsertId: 0, error: "no" }),
    ),
    { rows_affected: 0n, last_insert_id: 0n, error: "no" },
  );
});

Deno.test("encodeQueryResult() writes nil for no rows", () => {
  assertEquals(
    encodeQueryResult({ columns: ["a"], rows: [] }).toHex(),
    "82a7636f6c756d6e7391a161a4726f7773c0",
  );
  assertEquals(decodeMessage(encodeQueryResult({ error: "no" })), {
    columns: null,
    rows: null,
    error: "no",
  });
});

Deno.test("encodeQueryResult() gives every value back as it was bound", () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.double(),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
  );
  fc.assert(fc.property(fc.array(value), (row: SqlValue[]) => {
    const result = encodeQueryResult({ columns: [], rows: [row] });
    // What follows the header of one row is an array of parameters.
    const header = encodeQueryResult({ columns: [], rows: [] }).length;
    assertEquals(decodeParams(result.subarray(header)), row);
  }));
});

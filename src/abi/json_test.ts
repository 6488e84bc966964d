import { decode, encode, ExtData } from "@msgpack/msgpack";
import { assertEquals, assertLess, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { jsonToMessage, messageToJson } from "./json.ts";
import { MsgpackWriter } from "./writer.ts";

function refused(text: string, what: string): void {
  const error = assertThrows(() => jsonToMessage(text), PulpError, what);
  assertEquals(error.code, "usage");
}

Deno.test("jsonToMessage() writes integers as int64 and the rest as float64", () => {
  const hex = (text: string): string => jsonToMessage(text).toHex();
  assertEquals(hex("7"), "d30000000000000007");
  assertEquals(hex("-1"), "d3ffffffffffffffff");
  assertEquals(hex("9223372036854775807"), "d37fffffffffffffff");
  assertEquals(hex("9223372036854775808"), "cf8000000000000000");
  assertEquals(hex("18446744073709551615"), "cfffffffffffffffff");
  assertEquals(hex("1.0"), "cb3ff0000000000000");
  assertEquals(hex("1e0"), "cb3ff0000000000000");
  assertEquals(hex("-0.0"), "cb8000000000000000");
});

Deno.test("JSON round-trips every 64-bit integer", () => {
  fc.assert(fc.property(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    (n) => {
      assertEquals(messageToJson(jsonToMessage(`${n}`)), `${n}`);
    },
  ));
});

Deno.test("JSON round-trips every float, integral and special ones included", () => {
  fc.assert(fc.property(fc.double(), (n) => {
    const bytes = new MsgpackWriter().f64(n).finish();
    assertEquals(jsonToMessage(messageToJson(bytes)), bytes);
  }));
  const text =
    '[{"$float":"NaN"},{"$float":"Infinity"},{"$float":"-Infinity"}]';
  assertEquals(decode(jsonToMessage(text)), [NaN, Infinity, -Infinity]);
  assertEquals(messageToJson(jsonToMessage(text)), text);
});

Deno.test("JSON holds nothing that drives a terminal", () => {
  const message = encode({ "\u009b2J": "\x1b[2J\x7f\u202e\u2028é" });
  const text = messageToJson(message);
  assertEquals(
    text,
    '{"\\u009b2J":"\\u001b[2J\\u007f\\u202e\\u2028é"}',
  );
  assertEquals(jsonToMessage(text), message);
});

Deno.test("JSON round-trips bytes as base64", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const message = encode({ a: bytes });
    assertEquals(jsonToMessage(messageToJson(message)), message);
  }));
  assertEquals(
    decode(jsonToMessage('{"$bytes":"AP8="}')),
    Uint8Array.of(0, 255),
  );
});

Deno.test("jsonToMessage() reads what JSON.parse reads", () => {
  fc.assert(fc.property(
    fc.jsonValue(),
    fc.constantFrom(0, 2),
    (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      // The one is no key for the decoder at hand, the other beyond 64 bits.
      fc.pre(!text.includes('"__proto__"') && !/[0-9]{19}/.test(text));
      const plain = JSON.parse(text);
      assertEquals(decode(jsonToMessage(text)), plain);
      assertEquals(
        JSON.parse(messageToJson(jsonToMessage(text), indent)),
        plain,
      );
    },
  ));
});

Deno.test("jsonToMessage() keeps the order of keys, also of numeric ones", () => {
  const text = '{"b":1,"10":2,"2":3,"__proto__":4}';
  assertEquals(messageToJson(jsonToMessage(text)), text);
});

Deno.test("jsonToMessage() names line and column of what is wrong", () => {
  const cases: [string, string][] = [
    ["", "it ends where a value must stand (line 1, column 1)"],
    ["nope", '"n" where a value must stand (line 1, column 1)'],
    ['{"a":1,\n x}', '"x" where a key in quotes must stand (line 2, column 2)'],
    ['{"a" 1}', '"1" where ":" must stand (line 1, column 6)'],
    ['{"a":1', 'it ends where "," or "}" must stand (line 1, column 7)'],
    ["[1 2]", '"2" where "," or "]" must stand (line 1, column 4)'],
    ["[1,]", '"]" where a value must stand (line 1, column 4)'],
    ["01", '"1" follows its end (line 1, column 2)'],
    ["1.", '"." follows its end (line 1, column 2)'],
    ["+1", '"+" where a value must stand'],
    ["NaN", '"N" where a value must stand'],
    ['"a', "a string does not end (line 1, column 1)"],
    ['"a\\', "a string does not end (line 1, column 1)"],
    ['"a\nb"', "a raw control character (line 1, column 3)"],
    ['["\\x"]', "a wrong escape (line 1, column 2)"],
    ['"\\ud800"', "half of a surrogate pair (line 1, column 1)"],
    ['{"a":1,"a":2}', 'the key "a" is repeated (line 1, column 8)'],
    ["1e999", "1e999 is beyond a 64-bit float (line 1, column 1)"],
    ["'a'", '"\'" where a value must stand'],
  ];
  for (const [text, what] of cases) refused(text, what);
});

Deno.test("jsonToMessage() refuses integers beyond 64 bits by name", () => {
  refused("18446744073709551616", '"18446744073709551616": it does not fit');
  refused("-9223372036854775809", '"-9223372036854775809": it does not fit');
  refused("9".repeat(1_000_000), "... does not fit 64 bits (line 1, column 1)");
});

Deno.test("jsonToMessage() refuses malformed $bytes and $float", () => {
  refused('{"$bytes":"*"}', 'Cannot read "$bytes" of "*": it is not base64');
  refused('{"$bytes":5}', 'Cannot read "$bytes" of "number"');
  refused('{"$bytes":[]}', 'Cannot read "$bytes" of "array"');
  refused('{"$float":"nan"}', 'Cannot read "$float" of "nan"');
  assertEquals(decode(jsonToMessage('{"$bytes":"AA==","a":"b"}')), {
    $bytes: "AA==",
    a: "b",
  });
});

Deno.test("jsonToMessage() bounds nesting", () => {
  const nested = (n: number): string => "[".repeat(n) + "]".repeat(n);
  assertEquals(messageToJson(jsonToMessage(nested(128))), nested(128));
  refused(nested(129), "nests deeper than 128 (line 1, column 129)");
  refused("[".repeat(1_000_000), "nests deeper than 128");
  refused('{"a":'.repeat(100_000), "nests deeper than 128");
});

Deno.test("messageToJson() has a form for whatever JSON lacks", () => {
  const bytes = new MsgpackWriter().map(7)
    .i64(-1).timestamp(0, 5)
    .bool(true).nil()
    .nil().u64(2n ** 64n - 1n)
    .f64(2).f64(-0)
    .raw(encode([1, "x"])).raw(encode(new ExtData(9, Uint8Array.of(1))))
    .timestamp(0).f64(1e300)
    .str("s").raw(Uint8Array.of(0xca, 0x3f, 0x80, 0, 0))
    .finish();
  assertEquals(
    messageToJson(bytes),
    '{"-1":"1970-01-01T00:00:00.000000005Z","true":null,' +
      '"null":18446744073709551615,"2.0":-0.0,"[1,\\"x\\"]":{"$ext":[9,"AQ=="]},' +
      '"1970-01-01T00:00:00Z":1e+300,"s":1.0}',
  );
});

/** A map of one pair whose key is such a map, so many times; the innermost key is a text. */
function keysWithin(depth: number, text: string): Uint8Array<ArrayBuffer> {
  const inner = new MsgpackWriter();
  for (let i = 0; i < depth; i++) inner.map(1);
  inner.str(text);
  for (let i = 0; i < depth; i++) inner.nil();
  return inner.finish();
}

Deno.test("messageToJson() quotes a key once, whatever is in it", () => {
  assertEquals(messageToJson(keysWithin(1, "a")), '{"a":null}');
  assertEquals(
    messageToJson(keysWithin(2, 'a"')),
    String.raw`{"{\"a\\\"\":null}":null}`,
  );
  assertEquals(
    messageToJson(keysWithin(4, "a"), 2),
    `{\n  ${String.raw`"{{{\"a\":null}:null}:null}"`}: null\n}`,
  );
  const list = new MsgpackWriter().map(1).array(1).map(1)
    .array(1).bin(Uint8Array.of(1)).i64(2).nil().finish();
  assertEquals(
    messageToJson(list),
    String.raw`{"[{[{\"$bytes\":\"AQ==\"}]:2}]":null}`,
  );
  for (const depth of [28, 64, 128]) {
    const { length } = messageToJson(keysWithin(depth, "a"));
    assertEquals(length, 7 * depth + 7);
  }
});

function message(write: (writer: MsgpackWriter) => void): Uint8Array {
  const writer = new MsgpackWriter();
  write(writer);
  return writer.finish();
}

/** Messages of many kinds, maps with any keys among them. */
const messages = fc.letrec<{ value: Uint8Array }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, depthSize: "large" },
    fc.constant(message((to) => to.nil())),
    fc.double().map((n) => message((to) => to.f64(n))),
    fc.string({ unit: "binary" }).map((text) => message((to) => to.str(text))),
    fc.uint8Array().map((bytes) => message((to) => to.bin(bytes))),
    fc.array(tie("value"), { maxLength: 3 }).map((items) =>
      message((to) => {
        to.array(items.length);
        for (const item of items) to.raw(item);
      })
    ),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 }).map(
      (pairs) =>
        message((to) => {
          to.map(pairs.length);
          for (const [key, value] of pairs) to.raw(key).raw(value);
        }),
    ),
  ),
})).value;

Deno.test("messageToJson() makes JSON of any message, about as long as that", () => {
  fc.assert(fc.property(messages, fc.constantFrom(0, 2), (bytes, indent) => {
    const text = messageToJson(bytes, indent);
    JSON.parse(text);
    // Each byte of a text in a key is seven characters at the most; the form
    // of bytes and of floats takes more than they do, and so does an indent.
    assertLess(text.length, 64 * bytes.length + 1);
  }));
});

Deno.test("messageToJson() ends where the text gets too long, and not after", () => {
  const tooLong = (message: Uint8Array, indent = 0): void => {
    const error = assertThrows(
      () => messageToJson(message, indent),
      PulpError,
      `Cannot write a message as JSON: it takes more than ${LIMITS.jsonTextChars} characters`,
    );
    assertEquals(error.code, "contract");
  };
  const deep = new Uint8Array(131 + 999_000).fill(0xc0);
  deep.fill(0x91, 0, 126);
  deep.set([0xdd, 0, 0x0f, 0x3e, 0x58], 126);
  assertEquals(messageToJson(deep).length, 999_000 * 5 + 2 * 127 - 1);
  tooLong(deep, 2);
  const { jsonTextChars } = LIMITS;
  tooLong(new MsgpackWriter().str("\u0001".repeat(jsonTextChars / 5)).finish());
  tooLong(new MsgpackWriter().bin(new Uint8Array(jsonTextChars)).finish());
  const key = new MsgpackWriter().str('"'.repeat(jsonTextChars / 4)).finish();
  tooLong(new MsgpackWriter().map(1).array(1).raw(key).nil().finish());
});

Deno.test("messageToJson() has room for every answer, in one line", () => {
  const { messageBytes } = LIMITS;
  const most = new MsgpackWriter().str("\u0001".repeat(messageBytes)).finish();
  assertEquals(messageToJson(most).length, 6 * messageBytes + 2);
});

Deno.test("messageToJson() indents like JSON.stringify", () => {
  const value = { a: [1, { b: "c" }], d: {}, e: [], f: [[]] };
  assertEquals(
    messageToJson(encode(value), 2),
    JSON.stringify(value, null, 2),
  );
});

Deno.test("messageToJson() refuses an unsound message and broken text", () => {
  for (const bytes of [[], [0xc1], [0x91], [0x90, 0], [0xa1, 0xff]]) {
    const error = assertThrows(
      () => messageToJson(Uint8Array.from(bytes)),
      PulpError,
    );
    assertEquals(error.code, "contract");
  }
  assertThrows(
    () => messageToJson(new Uint8Array(100_000).fill(0x91)),
    PulpError,
    "nests deeper",
  );
});

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import {
  formatDocument,
  formatJson,
  formatLogfmt,
  formatPretty,
  type LogEntry,
} from "./record_text.ts";

const TIME = Date.UTC(2025, 0, 2, 3, 4, 5, 6);

function entry(message: string, fields: LogEntry["fields"] = {}): LogEntry {
  return { timeMs: TIME, level: "info", message, fields };
}

/** The part of a logfmt line behind the level. */
function logfmt(message: string, fields: LogEntry["fields"] = {}): string {
  const prefix = "time=2025-01-02T03:04:05.006Z level=INFO ";
  const line = formatLogfmt(entry(message, fields));
  assertStringIncludes(line, prefix);
  return line.slice(prefix.length);
}

Deno.test("formatLogfmt() writes what Go's TextHandler writes", () => {
  assertEquals(
    logfmt("pulp boot", { cell: "heartbeat", steps: 3n, ok: true }),
    'msg="pulp boot" cell=heartbeat steps=3 ok=true\n',
  );
});

Deno.test("formatLogfmt() writes lists as Go prints them", () => {
  assertEquals(logfmt("x", { a: [] }), "msg=x a=[]\n");
  assertEquals(logfmt("x", { a: ["b"] }), "msg=x a=[b]\n");
  assertEquals(logfmt("x", { a: ["b", "c"] }), 'msg=x a="[b c]"\n');
  const self: unknown[] = [];
  self.push(self);
  assertEquals(logfmt("x", { self }), "msg=x self=[object]\n");
});

Deno.test("formatLogfmt() quotes where a reader would stumble", () => {
  assertEquals(logfmt(""), 'msg=""\n');
  assertEquals(logfmt("a=b"), 'msg="a=b"\n');
  assertEquals(logfmt('say "hi"'), 'msg="say \\"hi\\""\n');
  assertEquals(logfmt("a\\b c"), 'msg="a\\\\b c"\n');
  assertEquals(logfmt("C:\\dir"), "msg=C:\\dir\n");
  assertEquals(logfmt("gr\u00fc\u00dfe"), "msg=gr\u00fc\u00dfe\n");
  assertEquals(logfmt("x", { "odd key": 1 }), 'msg=x "odd key"=1\n');
});

Deno.test("formatLogfmt() leaves out what is undefined", () => {
  assertEquals(logfmt("x", { a: undefined, b: null }), "msg=x b=null\n");
});

Deno.test("formatLogfmt() shows errors, dates and objects", () => {
  const self: Record<string, unknown> = {};
  self["self"] = self;
  assertEquals(
    logfmt("x", {
      err: new Error("no disk"),
      at: new Date(0),
      bad: new Date(NaN),
      map: { a: 1n },
      self,
    }),
    'msg=x err="no disk" at=1970-01-01T00:00:00.000Z bad="invalid date" ' +
      'map="{\\"a\\":1}" self=[object]\n',
  );
});

const FORGED =
  'a\ntime=2025-01-02T03:04:05.006Z level=ERROR msg="b" cell=other';

Deno.test("formatLogfmt() keeps a forged record inside its own", () => {
  assertEquals(
    logfmt(FORGED),
    'msg="a\\ntime=2025-01-02T03:04:05.006Z level=ERROR msg=\\"b\\" cell=other"\n',
  );
});

Deno.test("formatLogfmt() escapes what drives a terminal", () => {
  assertEquals(logfmt("\x1b[2J\x07"), 'msg="\\x1b[2J\\x07"\n');
  // C1 controls, a bidi override, a line separator, a lone surrogate.
  assertEquals(
    logfmt("\u009b1m \u202e \u2028 \ud800"),
    'msg="\\u009b1m \\u202e \\u2028 \\ud800"\n',
  );
});

Deno.test("formatPretty() shows the cell first and escapes its text", () => {
  assertEquals(
    formatPretty(entry("hello\n\x1b[31m", { cell: "a", n: 1 }), false),
    "03:04:05.006 INFO  a: hello\\n\\x1b[31m n=1\n",
  );
});

Deno.test("formatPretty() has colours only where they are asked for", () => {
  assertStringIncludes(formatPretty(entry("x"), true), "\x1b[32mINFO \x1b[0m");
  assertEquals(formatPretty(entry("x"), false).includes("\x1b"), false);
});

Deno.test("formatJson() writes one object a line", () => {
  const line = formatJson(entry("a\nb", { cell: "c", n: 5n, list: ["x"] }));
  assertMatch(line, /^\{[^\n]*\}\n$/);
  assertEquals(JSON.parse(line), {
    time: "2025-01-02T03:04:05.006Z",
    level: "INFO",
    msg: "a\nb",
    cell: "c",
    n: 5,
    list: ["x"],
  });
});

Deno.test("formatJson() is exact about big integers and survives cycles", () => {
  const self: Record<string, unknown> = {};
  self["self"] = self;
  const record = JSON.parse(formatJson(entry("x", { big: 2n ** 63n, self })));
  assertEquals(record.big, "9223372036854775808");
  assertEquals(record.self, "[object]");
});

Deno.test("formatJson() never lets a field replace the level or the message", () => {
  const self: Record<string, unknown> = {};
  self["self"] = self;
  for (const more of [{}, { self }]) {
    const fields = { level: "y", msg: "z", ...more };
    const record = JSON.parse(formatJson(entry("x", fields)));
    assertEquals([record.level, record.msg], ["INFO", "x"]);
    assertEquals([record["field.level"], record["field.msg"]], ["y", "z"]);
  }
});

Deno.test("every format keeps any text in one line that prints", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(fc.property(text, text, text, (message, key, value) => {
    const record = entry(message, { [key]: value, cell: value });
    for (
      const line of [
        formatLogfmt(record),
        formatPretty(record, false),
        formatJson(record),
      ]
    ) {
      assertMatch(line, /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*\n$/u);
    }
  }));
});

Deno.test("formatJson() keeps any well-formed text exact", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (message) => {
    assertEquals(JSON.parse(formatJson(entry(message))).msg, message);
  }));
});

Deno.test("formatLogfmt() keeps a quoted value apart from what follows", () => {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  fc.assert(fc.property(text, (message) => {
    const line = logfmt(message, { end: 1 });
    assertMatch(line, /^msg=(?:[^\s"=]+|"(?:[^"\\]|\\.)*") end=1\n$/u);
  }));
});

Deno.test("formatDocument() is JSON that leaves a terminal alone", () => {
  const value = { "\u009b2J": ["\u202e", "a\nb", { "\x7f": "é 🌍" }], n: 1 };
  const text = formatDocument(value);
  assertEquals(JSON.parse(text), value);
  assertEquals(text.replaceAll(/[\p{L}\p{M}\p{N}\p{P}\p{S} \n]/gu, ""), "");
  assertEquals(
    formatDocument({ a: [1] }),
    JSON.stringify({ a: [1] }, null, 2) + "\n",
  );
});

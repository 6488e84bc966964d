import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseQuery, parseTarget } from "./request_target.ts";

function path(raw: string): string | undefined {
  return parseTarget(`http://host${raw}`)?.path;
}

function queryOf(url: string): ReadonlyMap<string, string> {
  return parseQuery(parseTarget(url)!.search);
}

function query(search: string): Record<string, string> {
  return Object.fromEntries(queryOf(`http://h/?${search}`));
}

Deno.test("parseTarget() decodes a path once, as UTF-8", () => {
  assertEquals(path("/a%20b"), "/a b");
  assertEquals(path("/%C3%A9"), "/\xe9");
  assertEquals(path("/%25zz"), "/%zz");
  assertEquals(path("/a+b"), "/a+b");
  assertEquals(path("/%ff%41"), "/\ufffdA");
  assertEquals(path("/caf\xe9%ff"), "/caf\xe9\ufffd");
  for (const bad of ["/%", "/%4", "/%zz", "/%ff%", "/%ff%4x"]) {
    assertEquals(path(bad), undefined);
  }
  assertEquals(parseTarget("http://host:80"), undefined);
});

Deno.test("parseTarget() takes nothing behind the host's end for a path", () => {
  // Deno gives the target as it was sent: GET http://host?/admin HTTP/1.1
  for (const search of ["?/admin", "?", "?a=1#/admin", "?//"]) {
    assertEquals(parseTarget(`http://host${search}`)?.path, "/", search);
    assertEquals(parseTarget(`http://host${search}`)?.cleaned, undefined);
  }
  assertEquals([...queryOf("https://h?/a=/b")], [["/a", "/b"]]);
  assertEquals(parseTarget("http://host#/admin"), undefined);
  assertEquals(parseTarget("http://host#x/"), undefined);
  assertEquals(path("/a#/b?c"), "/a#/b");
});

Deno.test("parseTarget() gives the first value of each key and drops what is malformed", () => {
  assertEquals(query("a=1&a=2&b"), { a: "1", b: "" });
  assertEquals(query("a=b=c&&=x&%61%20b=+%2B"), {
    a: "b=c",
    "": "x",
    "a b": " +",
  });
  assertEquals(query("a=%zz&%=1&b;c=1&d=1;e=2&f=1"), { f: "1" });
  assertEquals(query(""), {});
  const odd = queryOf("http://h/?__proto__=1");
  assertEquals([...odd], [["__proto__", "1"]]);
});

Deno.test("parseTarget() says where a path with dots or empty segments leads", () => {
  for (
    const [raw, cleaned] of [
      ["//", "/"],
      ["/a//b/", "/a/b/"],
      ["/./a", "/a"],
      ["/a/..", "/"],
      ["/../../a", "/a"],
      ["/a/%2e%2e/b%20c/?x=%20", "/b%20c/?x=%20"],
      ["/a%2F%2Fb", "/a/b"],
      ["/.well-known/x", undefined],
      ["/a/...", undefined],
      ["/a/.b/", undefined],
    ]
  ) assertEquals(parseTarget(`http://host${raw}`)?.cleaned, cleaned, raw);
});

Deno.test("a cleaned path is clean, and stays on its host", () => {
  const segment = fc.constantFrom(
    "a",
    "..",
    ".",
    "",
    "%2e%2e",
    "%2F",
    "%5C",
    "b c",
    "?",
    "%ff",
  );
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
      const { cleaned } = parseTarget(`http://host/${segments.join("/")}`) ??
        {};
      if (cleaned === undefined) return;
      assertEquals(parseTarget(`http://host${cleaned}`)?.cleaned, undefined);
      assertEquals(new URL(cleaned, "http://host/x/y").origin, "http://host");
    }),
  );
});

Deno.test("parseTarget() reads back any query that URLSearchParams wrote", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (record) => {
      const wanted = Object.entries(record).map(([key, value]) =>
        [key.toWellFormed(), value.toWellFormed()] as const
      );
      const search = new URLSearchParams(wanted.map(([k, v]) => [k, v]))
        .toString();
      assertEquals(
        [...queryOf(`http://h/?${search}`)],
        [...new Map(wanted)],
      );
    }),
  );
});

/** As `decodeURIComponent` has it, and byte by byte where that throws. */
function unescapeSlowly(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    const bytes = [...text.matchAll(/%..|[^%]+/gs)].flatMap(([part]) =>
      part.startsWith("%")
        ? [parseInt(part.slice(1), 16)]
        : [...new TextEncoder().encode(part)]
    );
    return new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(Uint8Array.from(bytes));
  }
}

Deno.test("parseTarget() and parseQuery() unescape as decodeURIComponent does", () => {
  const piece = fc.oneof(
    fc.constantFrom("%", "%4", "%zz", "%25", "%Ef%bb%BF", "%ff", "%c3", "%e9"),
    fc.integer({ min: 0, max: 255 })
      .map((byte) => `%${byte.toString(16).padStart(2, "0")}`),
    fc.string({ unit: "binary" }).map((text) =>
      encodeURIComponent(text.toWellFormed())
    ),
    fc.string({ unit: "binary" }).map((text) =>
      text.toWellFormed().replaceAll(/[?#&=;+/.]/g, "-")
    ),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      const decoded = unescapeSlowly(text);
      const [pairs, reverse, whole] = decoded === undefined
        ? [[], [], undefined]
        : [[["k", decoded]], [[decoded, "v"]], `/-${decoded}`];
      assertEquals([...parseQuery(`k=${text}`)], pairs);
      assertEquals([...parseQuery(`${text}=v`)], reverse);
      assertEquals(path(`/-${text}`), whole);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("parseTarget() and parseQuery() make no error for what is malformed", () => {
  const errors: unknown[] = [];
  const original = globalThis.decodeURIComponent;
  globalThis.decodeURIComponent = (text) => {
    try {
      return original(text);
    } catch (error) {
      errors.push(error);
      throw error;
    }
  };
  try {
    assertEquals(query("a=%ff&%zz=1&%F&b=%41"), { a: "\ufffd", b: "A" });
    assertEquals(path("/%ff%F"), undefined);
  } finally {
    globalThis.decodeURIComponent = original;
  }
  assertEquals(errors, []);
});

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseTarget } from "./request_target.ts";

function path(raw: string): string | undefined {
  return parseTarget(`http://host${raw}`)?.path;
}

function query(search: string): Record<string, string> {
  return Object.fromEntries(parseTarget(`http://h/?${search}`)!.query);
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
  assertEquals([...parseTarget("https://h?/a=/b")!.query], [["/a", "/b"]]);
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
  const odd = parseTarget("http://h/?__proto__=1")!.query;
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
        [...parseTarget(`http://h/?${search}`)!.query],
        [...new Map(wanted)],
      );
    }),
  );
});

import { assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import { parse, TomlError } from "smol-toml";
import { type AST, parseTOML } from "toml-eslint-parser";
import { type KeyPath, TomlPlaces } from "./locate.ts";

const SAMPLE = `# a comment with name = "no"
name = "demo" # after
"quoted key" = 'lit # eral'
"esc\\u0041ped" = 1
a.b.c = [ 1, # one
  "two # not a comment", """three
  "" ]""", '''four''', { five = [5], 'si x' = 6 },
  [[7], 8],
]
when = 1979-05-27 07:32:00  # a date with a blank
quotes = """"inner""""
slash = "back\\\\"
esc = "a\\"b]"

[permissions]
net = [
\t"127.0.0.1:8080",
  "[::1]:80", ]
[ config . deep ]
x = 1
[[config.rows]]
id = 1
[config.rows.sub]
y = 1
[[config.rows]]
id = 2
[[config.rows.inner]]
z = 3
`;

/** Every key and item with its place, by the parser that keeps a tree of tokens. */
function oracle(text: string): Map<string, [number, number, string]> {
  const found = new Map<string, [number, number, string]>();
  const value = (node: AST.TOMLContentNode, path: KeyPath): void => {
    note(path, node);
    if (node.type === "TOMLArray") {
      node.elements.forEach((item, i) => value(item, [...path, i]));
    } else if (node.type === "TOMLInlineTable") {
      for (const pair of node.body) value(pair.value, within(path, pair.key));
    }
  };
  const note = (path: KeyPath, node: AST.TOMLContentNode): void => {
    const { start } = node.loc;
    found.set(JSON.stringify(path), [
      start.line,
      start.column + 1,
      text.slice(...node.range),
    ]);
  };
  for (const node of parseTOML(text, { tomlVersion: "1.1" }).body[0].body) {
    if (node.type === "TOMLKeyValue") value(node.value, within([], node.key));
    else {
      for (const pair of node.body) {
        value(pair.value, within(node.resolvedKey, pair.key));
      }
    }
  }
  return found;
}

function within(path: KeyPath, key: AST.TOMLKey): KeyPath {
  return [
    ...path,
    ...key.keys.map((k) => k.type === "TOMLBare" ? k.name : k.value),
  ];
}

function assertSamePlaces(text: string): void {
  const places = new TomlPlaces(text);
  for (const [json, [line, column, source]] of oracle(text)) {
    const path: KeyPath = JSON.parse(json);
    assertEquals(places.value(path), { line, column }, json);
    assertEquals(places.source(path), source, json);
  }
}

Deno.test("TomlPlaces finds every value where the full parser has it", () => {
  assertSamePlaces(SAMPLE);
  assertSamePlaces(SAMPLE.replaceAll("\n", "\r\n"));
});

Deno.test("TomlPlaces agrees with the full parser about generated documents", () => {
  const scalar = fc.constantFrom(
    "1",
    "-1.5e3",
    "true",
    '"a # [ , ] }"',
    "'\\'",
    '"""x"""""',
    "'''\ny''''",
    "1979-05-27 07:32:00Z",
    '"\\\\\\""',
  );
  const gap = fc.constantFrom("", " ", "\n", " # c ]\n", "\t");
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      scalar,
      fc.tuple(gap, fc.array(tie("value"), { maxLength: 4 }), gap)
        .map(([a, items, b]) => `[${a}${items.join(`${b},${a}`)}${b}]`),
      fc.array(tie("value"), { maxLength: 4 }).map((items) =>
        `{ ${items.map((v, i) => `k${i}."q ${i}" = ${v}`).join(", ")} }`
      ),
    ),
  }));
  const table = fc.tuple(
    fc.constantFrom("[t", "[[l", "[l.s", "[[l.n", "[l.n.d"),
    fc.array(value, { maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(table, { maxLength: 6 }), (tables) => {
      const text = tables.map(([head, values], n) => {
        const name = head === "[t"
          ? `[t${n}]`
          : head.startsWith("[[")
          ? `${head}]]`
          : `${head}${n}]`;
        return `${name}\n${values.map((v, i) => `v${i} = ${v}\n`).join("")}`;
      }).join("");
      fc.pre(isToml(text));
      assertSamePlaces(text);
    }),
  );
});

function isToml(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("TomlPlaces finds keys, tables and their headers", () => {
  const places = new TomlPlaces(SAMPLE);
  assertEquals(places.key(["name"]), { line: 2, column: 1 });
  assertEquals(places.key(["a", "b", "c"]), { line: 5, column: 5 });
  assertEquals(places.key(["permissions"]), { line: 15, column: 2 });
  assertEquals(places.key(["config", "deep"]), { line: 19, column: 12 });
  assertEquals(places.value(["config", "deep"]), { line: 19, column: 12 });
  assertEquals(places.key(["nothing"]), undefined);
  assertEquals(places.value(["a", "x"]), undefined);
  assertEquals(places.source(["permissions"]), "");
});

Deno.test("TomlPlaces keeps nothing of what is below a closed key", () => {
  const places = new TomlPlaces(SAMPLE, ["config", "absent"]);
  assertEquals(places.key(["config"]), { line: 19, column: 3 });
  assertEquals(places.key(["config", "deep"]), undefined);
  assertEquals(places.key(["absent"]), undefined);
  assertEquals(places.key(["permissions", "net", 1]), { line: 18, column: 3 });
});

Deno.test("TomlPlaces comes to an end with text that is no TOML", () => {
  const letters = fc.constantFrom(..."ab.=[]{}\"'#,\\ \n1");
  const text = fc.array(letters, { maxLength: 60 }).map((l) => l.join(""));
  fc.assert(fc.property(text, (text) => {
    try {
      new TomlPlaces(text);
    } catch (error) {
      // From a key with an escape that is none.
      assertInstanceOf(error, TomlError);
    }
  }));
});

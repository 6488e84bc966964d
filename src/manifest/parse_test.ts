import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { parseManifest } from "./parse.ts";
import { ManifestError } from "./problems.ts";
import { MANIFEST_KEYS, PERMISSION_KEYS } from "./schema.ts";
import type { CellSpec } from "./spec.ts";

const PATH = "/cells/demo/pulp.cell.toml";
const LEAST = 'name = "demo"\nversion = "1.0.0"\n';

function refused(text: string): ManifestError {
  return assertThrows(() => parseManifest(text, PATH), ManifestError);
}

Deno.test("parseManifest() fills in every default", () => {
  assertEquals(parseManifest(LEAST, PATH), {
    manifestPath: PATH,
    schemaVersion: 1,
    name: "demo",
    version: "1.0.0",
    wasmPath: "/cells/demo/cell.wasm",
    provides: [],
    consumes: [],
    dependsOn: [],
    capabilities: [],
    hostConsumes: [],
    sharedMemoryGroups: [],
    federatedCallers: [],
    federatedConsumes: [],
    dedicatedThread: false,
    snapshotable: false,
    migratable: false,
    restart: "on_crash",
    maxMemoryPages: 4096,
    callTimeoutMs: 30_000,
    permissions: {},
    config: new Uint8Array(),
    places: { name: { line: 1, column: 1 }, version: { line: 2, column: 1 } },
  });
});

/** A value other than the default for each key, and what the spec makes of it. */
const SAMPLES: {
  readonly [K in keyof typeof MANIFEST_KEYS]: readonly [
    toml: string,
    field: keyof CellSpec,
    value: unknown,
  ];
} = {
  schema_version: ["1", "schemaVersion", 1],
  name: ['"other"', "name", "other"],
  version: ['"2"', "version", "2"],
  wasm: ['"build/x.wasm"', "wasmPath", "/cells/demo/build/x.wasm"],
  wasm_sha256: [`"${"Ab".repeat(32)}"`, "wasmSha256", "ab".repeat(32)],
  provides: ['["a"]', "provides", ["a"]],
  consumes: ['["b"]', "consumes", ["b"]],
  depends_on: ['["c"]', "dependsOn", ["c"]],
  capabilities: ['["d"]', "capabilities", ["d"]],
  host_consumes: ['["e"]', "hostConsumes", ["e"]],
  shared_memory_groups: ['["f"]', "sharedMemoryGroups", ["f"]],
  federated_callers: ['["g"]', "federatedCallers", ["g"]],
  federated_consumes: ['["h"]', "federatedConsumes", ["h"]],
  dedicated_thread: ["true", "dedicatedThread", true],
  snapshotable: ["true", "snapshotable", true],
  migratable: ["true", "migratable", true],
  restart: ['"never"', "restart", "never"],
  max_memory_pages: ["7", "maxMemoryPages", 7],
  call_timeout_ms: ["8", "callTimeoutMs", 8],
  permissions: ['{ net = ["a.example"] }', "permissions", {
    net: ["a.example"],
  }],
  config: [
    "{ x = true }",
    "config",
    new Uint8Array([0x81, 0xa1, 0x78, 0xc3]),
  ],
};

Deno.test("parseManifest() drops blank items, and takes names that end in a dot but on Windows", () => {
  const read = (name: string): CellSpec =>
    parseManifest(
      `name = "${name}"\nversion = "1"\nprovides = ["a", " ", "", "b"]`,
      PATH,
    );
  assertEquals(read("x").provides, ["a", "b"]);
  if (Deno.build.os === "windows") assertThrows(() => read("a."));
  else assertEquals(read("a.").name, "a.");
});

Deno.test("parseManifest() hands every key on to the spec", () => {
  const plain = parseManifest(LEAST, PATH);
  const fields = new Set<keyof CellSpec>(["manifestPath", "places"]);
  for (const [key, [toml, field, value]] of Object.entries(SAMPLES)) {
    const text = LEAST.split("\n").filter((line) => !line.startsWith(`${key} `))
      .concat(`${key} = ${toml}`).join("\n");
    const spec = parseManifest(text, PATH);
    assertEquals(spec[field], value, key);
    // There is one schema, so its number can't differ from the default.
    if (key !== "schema_version") {
      assertNotEquals(spec[field], plain[field], key);
    }
    assert(spec.places[key] !== undefined, key);
    fields.add(field);
  }
  const all = parseManifest(
    `${LEAST}wasm_sha256 = "${"0".repeat(64)}"\n`,
    PATH,
  );
  assertEquals([...fields].sort(), Object.keys(all).sort());
});

Deno.test("parseManifest() hands every list of [permissions] on to the spec", () => {
  for (const key of Object.keys(PERMISSION_KEYS)) {
    const { permissions, places } = parseManifest(
      `${LEAST}[permissions]\n${key} = [" one ", "two", "one"]\n`,
      PATH,
    );
    assertEquals(permissions, { [key]: ["one", "two"] });
    assertEquals(places[`permissions.${key}`], { line: 4, column: 1 });
  }
  const { permissions } = parseManifest(
    `${LEAST}[permissions]\nnet = []\n`,
    PATH,
  );
  assertEquals(permissions, { net: [] }, "an empty list allows nothing");
});

Deno.test("parseManifest() trims lists and drops repeats", () => {
  const spec = parseManifest(
    `${LEAST}capabilities = [" Storage.SQLite", "storage.sqlite", "storage.fs "]
provides = ["b ", "a", "b"]
`,
    PATH,
  );
  assertEquals(spec.capabilities, ["storage.sqlite", "storage.fs"]);
  assertEquals(spec.provides, ["b", "a"]);
});

Deno.test("parseManifest() trims names and keeps where items of lists stand", () => {
  const spec = parseManifest(
    `name = " demo "
version = " 1 "
capabilities = [
  "Storage.SQLite",
  "storage.fs",
]
[permissions]
net = ["a.example"]
`,
    PATH,
  );
  assertEquals([spec.name, spec.version], ["demo", "1"]);
  assertEquals(spec.places, {
    name: { line: 1, column: 1 },
    version: { line: 2, column: 1 },
    capabilities: { line: 3, column: 1 },
    "capabilities=storage.sqlite": { line: 4, column: 3 },
    "capabilities=storage.fs": { line: 5, column: 3 },
    permissions: { line: 7, column: 2 },
    "permissions.net": { line: 8, column: 1 },
    "permissions.net=a.example": { line: 8, column: 8 },
  });
});

Deno.test("parseManifest() takes 0 for the default where the contract has one", () => {
  const spec = parseManifest(
    `${LEAST}call_timeout_ms = 0\nschema_version = 0\n`,
    PATH,
  );
  assertEquals([spec.callTimeoutMs, spec.schemaVersion], [30_000, 1]);
});

Deno.test("parseManifest() accepts the ends of every range", () => {
  const spec = (text: string): CellSpec => parseManifest(LEAST + text, PATH);
  assertEquals(spec("max_memory_pages = 1").maxMemoryPages, 1);
  assertEquals(spec("max_memory_pages = 65536").maxMemoryPages, 65536);
  assertEquals(spec("call_timeout_ms = 1").callTimeoutMs, 1);
  assertEquals(spec("call_timeout_ms = 2147483647").callTimeoutMs, 2147483647);
});

Deno.test("parseManifest() finds the module from the manifest's folder", () => {
  const wasm = (path: string): string =>
    parseManifest(`${LEAST}wasm = '${path}'`, PATH).wasmPath;
  assertEquals(wasm("x.wasm"), "/cells/demo/x.wasm");
  assertEquals(wasm("./a/../b.wasm"), "/cells/demo/b.wasm");
  assertEquals(wasm("../../target/x.wasm"), "/target/x.wasm");
  assertEquals(wasm("/opt/x.wasm"), "/opt/x.wasm");
});

Deno.test("parseManifest() makes a relative manifest path absolute", () => {
  const spec = parseManifest(LEAST, "cells/demo/pulp.cell.toml");
  assertEquals(spec.manifestPath, `${Deno.cwd()}/cells/demo/pulp.cell.toml`);
  assertEquals(spec.wasmPath, `${Deno.cwd()}/cells/demo/cell.wasm`);
});

Deno.test("parseManifest() takes a byte order mark and Windows line ends", () => {
  const spec = parseManifest(`\uFEFF${LEAST.replaceAll("\n", "\r\n")}`, PATH);
  assertEquals(spec.name, "demo");
  assertEquals(spec.places["version"], { line: 2, column: 1 });
});

Deno.test("parseManifest() makes a spec that can be sent to a worker", () => {
  const spec = parseManifest(`${LEAST}[config]\nx = 1\n`, PATH);
  assertEquals(structuredClone(spec), spec);
});

Deno.test("parseManifest() reports a problem as data and as a line", () => {
  const error = refused('name = "demo"\nversion = 2\n');
  assert(error instanceof PulpError);
  assertEquals(error.code, "manifest");
  assertEquals(
    error.message,
    `${PATH}:2:11: version must be a string: received the integer 2`,
  );
  assertEquals(error.hint, 'write version = "2"');
  assertEquals(error.problems, [{
    file: PATH,
    line: 2,
    column: 11,
    message: "version must be a string: received the integer 2",
    hint: 'write version = "2"',
  }]);
});

Deno.test("parseManifest() says nothing about what a newer schema may hold", () => {
  const { problems } = refused("schema_version = 9\nnew_key = 1\n");
  assertEquals(problems.length, 1);
  assertStringIncludes(problems[0]?.message ?? "", "newer");
});

Deno.test("parseManifest() refuses text that nests without end, cleanly", () => {
  const n = 100_000;
  for (
    const value of [
      "x = " + "[".repeat(n),
      "x = " + "[".repeat(n) + "]".repeat(n),
      "x = " + "{a=".repeat(n) + "1" + "}".repeat(n),
      "[config]\nx = " + "[".repeat(200) + "]".repeat(200),
      `[config.${"a.".repeat(n)}a]\nb = 1`,
      `[config]\n${"a.".repeat(n)}a = 1`,
      `config = { ${"a.".repeat(n)}a = 1 }`,
      `[${"a.".repeat(n)}a]\nb = 1`,
      `[[${"config.".repeat(n)}a]]\nb = 1`,
    ]
  ) {
    refused(LEAST + value);
  }
});

Deno.test("parseManifest() accepts the deepest nesting that the limit allows", () => {
  const deepest = LIMITS.manifestDepth - 1;
  const text = `${LEAST}[config]\nx = ${"[".repeat(deepest)}${
    "]".repeat(deepest)
  }\n`;
  assertEquals(parseManifest(text, PATH).config.length, 1 + 2 + deepest);
  assertStringIncludes(
    refused(text.replace("[]", "[[]]")).message,
    "nested more than 128 deep",
  );
});

Deno.test("parseManifest() bounds what a hostile megabyte makes it do and say", () => {
  const lines = (line: (i: number) => string): string => {
    let text = LEAST;
    for (let i = 0; text.length < LIMITS.manifestBytes - 100; i++) {
      text += `${line(i)}\n`;
    }
    return text;
  };
  for (
    const text of [
      lines((i) => `nam${i} = 1`),
      LEAST + "provides = [" + "1,".repeat(500_000) + "]",
      lines((i) => `config.n${i} = 99999999999999999999`),
      LEAST + "[config]\nx = " + "9".repeat(1_000_000),
      lines(() => `[[config]]`),
      `${LEAST}name2 = "${"x".repeat(1_000_000)}"`,
      `${LEAST}restart = "${"x".repeat(1_000_000)}"`,
    ]
  ) {
    const error = refused(text);
    assertLess(error.problems.length, LIMITS.manifestProblems + 2);
    assertLess(error.message.length, 30_000);
  }
});

Deno.test("parseManifest() bounds the items of every list", () => {
  const items = (count: number): string =>
    Array.from({ length: count }, (_, i) => `"n${i}"`).join(", ");
  const keys = [
    ...Object.entries(MANIFEST_KEYS),
    ...Object.entries(PERMISSION_KEYS).map(([key, schema]) =>
      [`permissions.${key}`, schema] as const
    ),
  ].filter(([, { type }]) => type === "strings").map(([key]) => key);
  const text = (count: number): string =>
    LEAST + keys.map((key) => `${key} = [${items(count)}]\n`).join("");
  const most = LIMITS.manifestListItems;
  assertEquals(parseManifest(text(most), PATH).provides.length, most);
  const error = refused(text(most + 1));
  assertEquals(error.problems.length, keys.length);
  assertEquals(error.problems[0], {
    file: PATH,
    line: 3,
    column: 12,
    message: `provides must have at most ${most} items: received ${most + 1}`,
    hint: "take out what the cell does without, or make several cells of it",
  });
});

Deno.test("parseManifest() refuses a manifest above the limit", () => {
  assertStringIncludes(
    refused(`#${" ".repeat(LIMITS.manifestBytes)}`).message,
    "longer than 1048576 bytes",
  );
});

Deno.test("parseManifest() measures the limit in bytes of UTF-8", () => {
  const room = LIMITS.manifestBytes - LEAST.length - 1;
  for (
    const [char, bytes] of [["x", 1], ["ä", 2], ["€", 3], ["😀", 4]] as const
  ) {
    const most = Math.floor(room / bytes);
    const text = `${LEAST}#${char.repeat(most)}`;
    const rest = "x".repeat(room - most * bytes);
    assertEquals(parseManifest(text + rest, PATH).name, "demo", char);
    assertStringIncludes(
      refused(`${text}${rest}x`).message,
      "longer than 1048576 bytes",
      char,
    );
    assertStringIncludes(
      refused(text + char).message,
      "longer than 1048576 bytes",
      char,
    );
  }
});

Deno.test("parseManifest() throws nothing but ManifestError, whatever the text", () => {
  const word = fc.constantFrom(
    ...Object.keys(MANIFEST_KEYS),
    ...["[", "]", "[[", "]]", "{", "}", "=", ",", ".", '"', "'", "\n", "#"],
    ...["true", "1", "-1", "1.0", "1979-05-27", "07:32:00Z", "\\", "\\u0000"],
    ...['"x"', "__proto__", "constructor", " ", "inf", "nan", "0x1"],
  );
  const text = fc.array(word, { maxLength: 40 }).map((words) => words.join(""));
  const lines = fc.array(fc.tuple(word, word), { maxLength: 10 }).map((pairs) =>
    pairs.map(([key, value]) => `${key} = ${value}\n`).join("")
  );
  fc.assert(
    fc.property(fc.oneof(text, lines, fc.string()), (text) => {
      try {
        parseManifest(LEAST + text, PATH);
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error;
        assert(error.problems.length > 0);
      }
    }),
    { numRuns: 2000 },
  );
});

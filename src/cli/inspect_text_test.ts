import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { inspectModule } from "../cell/inspection.ts";
import { parseManifest } from "../manifest/parse.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { leb, moduleOf, section, text, vec } from "../wasm/testing/binary.ts";
import { inspectJson } from "./inspect_json.ts";
import { inspectText } from "./inspect_text.ts";

const PATH = "/here/cell.wasm";

const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]/u;

interface Outputs {
  readonly text: string;
  readonly document: string;
  // deno-lint-ignore no-explicit-any -- what a script would see
  readonly json: any;
}

/** Both outputs about a module, with a manifest of these lines when there are any. */
async function outputs(
  bytes: Uint8Array<ArrayBuffer>,
  lines?: string,
): Promise<Outputs> {
  const registry = builtinRegistry();
  const subject = {
    path: PATH,
    ...(lines === undefined ? {} : {
      spec: parseManifest(
        `name = "x"\nversion = "1"\n${lines}\n`,
        "/here/pulp.cell.toml",
      ),
    }),
  };
  const inspection = await inspectModule(bytes, { registry, ...subject });
  const document = inspectJson(subject, inspection);
  return {
    text: inspectText(subject, inspection, { cwd: "/here" }),
    document,
    json: JSON.parse(document),
  };
}

/** A module with a custom section at its end. */
function withSection(
  module: Uint8Array,
  name: string,
  contents: readonly number[],
): Uint8Array<ArrayBuffer> {
  const body = [...text(name), ...contents];
  return new Uint8Array([...module, 0, ...leb(body.length), ...body]);
}

/** The contents of a `producers` section. */
function producers(
  fields: Readonly<Record<string, readonly (readonly [string, string])[]>>,
): number[] {
  const entries = Object.entries(fields);
  return [
    ...leb(entries.length),
    ...entries.flatMap(([field, values]) => [
      ...text(field),
      ...leb(values.length),
      ...values.flatMap(([name, version]) => [
        ...text(name),
        ...text(version),
      ]),
    ]),
  ];
}

Deno.test("inspectText() tells which capabilities a manifest would need", async () => {
  const bytes = await wat(cellWat({
    imports: `(import "pulp" "http_respond" (func (param i32 i32) (result i32)))
      (import "pulp" "sqlite_exec" (func (param i32 i32 i32 i32) (result i32)))
      (import "pulp" "pulp_call" (func (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))`,
  }));
  const bare = await outputs(bytes);
  assertMatch(bare.text, /^cell\.wasm: would load\n/);
  assertStringIncludes(
    bare.text,
    '\n    capabilities = ["storage.sqlite", "transport.http.inbound"]\n',
  );
  assertStringIncludes(bare.text, "in consumes the cells that it calls");
  assertEquals(bare.json.capabilities.declared, null);

  const some = await outputs(
    bytes,
    'capabilities = ["storage.fs", "storage.sqlite"]',
  );
  assertMatch(some.text, /^x 1: would load\n/);
  assertStringIncludes(some.text, "declared, never imported: storage.fs\n");
  assertStringIncludes(
    some.text,
    "imported, not declared: transport.http.inbound - calls return 99",
  );
  assertStringIncludes(some.text, "calls return 11");
  assertEquals(some.json.capabilities, {
    declared: ["storage.fs", "storage.sqlite"],
    imported: [
      { capability: "storage.sqlite", functions: ["sqlite_exec"] },
      { capability: "transport.http.inbound", functions: ["http_respond"] },
    ],
    undeclared: ["transport.http.inbound"],
    neverImported: ["storage.fs"],
    line:
      'capabilities = ["storage.fs", "storage.sqlite", "transport.http.inbound"]',
  });
  const linked = await outputs(bytes, 'consumes = ["db"]');
  assert(!linked.text.includes("calls return 11"));
});

// What a `producers` section says, and what is made of it.
const TOOLCHAINS: readonly (readonly [
  fields: Readonly<Record<string, readonly (readonly [string, string])[]>>,
  name: string | null,
  shown: string,
])[] = [
  [
    {
      language: [["Go", "go1.24"]],
      "processed-by": [["Go cmd/compile", "go1.24"]],
    },
    "Go",
    "Go: Go cmd/compile go1.24",
  ],
  [
    {
      language: [["Rust", ""], ["C11", ""]],
      "processed-by": [["rustc", "1.95.0"], ["clang", "21.1.4"]],
    },
    "Rust",
    "Rust: rustc 1.95.0, clang 21.1.4",
  ],
  [
    { language: [["C11", ""]], "processed-by": [["TinyGo", "0.39.0"]] },
    "TinyGo",
    "TinyGo: TinyGo 0.39.0",
  ],
  [{ language: [["Zig", ""]] }, null, "Zig: Zig"],
  [{ "processed-by": [["walrus", "1"]] }, null, "walrus 1"],
  [{}, null, "not said: the producers section names nothing"],
];

for (const [fields, name, shown] of TOOLCHAINS) {
  Deno.test(`inspectText() shows the toolchain as "${shown}"`, async () => {
    const bytes = withSection(
      await wat(cellWat()),
      "producers",
      producers(fields),
    );
    const { text, json } = await outputs(bytes);
    assertMatch(
      text,
      new RegExp(`^ {2}toolchain +${RegExp.escape(shown)}$`, "m"),
    );
    assertEquals(json.module.toolchain.name, name);
  });
}

Deno.test("inspectText() says that a stripped module does not say its toolchain", async () => {
  const bytes = await wat(cellWat());
  const stripped = await outputs(bytes);
  assertMatch(
    stripped.text,
    /toolchain +not said: it has no producers section/,
  );
  assertEquals(stripped.json.module.toolchain, null);
  const broken = await outputs(withSection(bytes, "producers", [9]));
  assertMatch(broken.text, /toolchain +not said: the producers section can't/);
});

Deno.test("inspectText() lets no name drive a terminal or flood it", async () => {
  const evil = `\\1b[31mred\\e2\\80\\ae${"long".repeat(100)}`;
  const bytes = withSection(
    await wat(cellWat({
      imports: `(import "${evil}" "${evil}" (func))`,
      functions: `(func (export "${evil}"))` +
        Array.from({ length: 300 }, (_, n) => `(func (export "f${n}"))`).join(
          "",
        ),
    })),
    `\u001b]0;x\u0007${"s".repeat(1000)}`,
    producers({ language: [["\u001b[2J", "\u202e"]] }).slice(),
  );
  const { text, document, json } = await outputs(bytes);
  assert(!UNPRINTABLE.test(text));
  assert(!UNPRINTABLE.test(document));
  assertStringIncludes(text, "\\x1b[31mred");
  assertStringIncludes(text, "more; --json has them all");
  assert(text.split("\n").every((line) => line.length < 1_100));
  assert(text.split("\n").length < 260);
  // Scripts get everything, as it is.
  assertEquals(json.module.exports.length, 307);
  assertStringIncludes(json.module.imports[0].name, "\u001b[31mred\u202e");
});

Deno.test("inspectText() shows some of the names of a memory", async () => {
  const names = Array.from({ length: 5_000 }, (_, i) => text(`memory${i}`));
  const bytes = moduleOf(
    section(5, vec(...Array(64).fill([0, 1]))),
    section(7, vec(...names.map((name) => [...name, 2, 0]))),
  );
  const { text: shown, json } = await outputs(bytes);
  assertStringIncludes(shown, ", memory11, 4988 more  ");
  assertLess(shown.length, 50_000);
  assertEquals(json.module.memories[0].exports.length, 5_000);
});

Deno.test("inspectText() shows what can be shown of what is no module", async () => {
  const { text, json } = await outputs(
    new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]),
  );
  assertMatch(text, /^cell\.wasm: would not load\n {2}size +8 bytes\n/);
  assertStringIncludes(
    text,
    "  error: Cannot read the module: it is a component, and cells are core modules\n" +
      "  hint: Build a core module instead",
  );
  assertEquals([json.loads, json.bytes, json.module, json.capabilities], [
    false,
    8,
    null,
    null,
  ]);
});

Deno.test("inspectText() says where the cap of a memory comes from", async () => {
  const bytes = await wat(cellWat());
  assertStringIncludes(
    (await outputs(bytes, "max_memory_pages = 16")).text,
    "max_memory_pages is 16, line 3 of the manifest",
  );
  const { text, json } = await outputs(bytes);
  assertStringIncludes(text, "max_memory_pages is 4096, the default");
  assertEquals(json.module.memories, [{
    exports: ["memory"],
    imported: false,
    shared: false,
    is64: false,
    minPages: 1,
    maxPages: null,
    cappedPages: 4096,
  }]);
});

Deno.test("inspectText() shows what runs before pulp_init", async () => {
  const start = async (functions: string): Promise<string | undefined> => {
    const { text } = await outputs(await wat(cellWat({ functions })));
    return /^ {2}start +(.*)$/m.exec(text)?.[1];
  };
  const main = `(func $f (export "_start"))`;
  assertEquals(await start(""), "none");
  assertEquals(
    await start(`${main} (start $f)`),
    "start function 5, then _start (command; it has to return), before pulp_init",
  );
  assertEquals(
    await start(`${main} (func (export "_initialize"))`),
    "_initialize (reactor), before pulp_init; _start is never run",
  );
});

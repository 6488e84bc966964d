import { assertEquals } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import type { Registry } from "../capabilities/registry.ts";
import { CONTRACT } from "../capabilities/contract.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { ModuleImport } from "../wasm/module_info.ts";
import { overDeclarations } from "./over_declaration.ts";

const WASI = "wasi_snapshot_preview1";

function imports(names: readonly string[]): { imports: ModuleImport[] } {
  return {
    imports: names.map((name) => ({
      module: name.startsWith("environ") ? WASI : "pulp",
      name,
      kind: "function",
    })),
  };
}

/** The warnings as `key: item` or `key`, for a manifest with these lines. */
function found(
  lines: string,
  names: readonly string[],
  registry: Registry = builtinRegistry(),
): string[] {
  const text = `name = "x"\nversion = "1"\n${lines}\n`;
  const spec = parseManifest(text, "x.toml");
  return overDeclarations(spec, imports(names), registry)
    .map(({ declaredIn, item }) =>
      item === undefined ? declaredIn : `${declaredIn}: ${item}`
    );
}

const GATED = Object.keys(CONTRACT).filter((name) =>
  !["pulp.sibling", "entropy.read", "log.write"].includes(name)
);

for (const name of GATED) {
  Deno.test(`overDeclarations() finds ${name} when nothing of it is imported`, () => {
    const line = `capabilities = ["${name}"]`;
    assertEquals(found(line, ["log_write"]), [`capabilities: ${name}`]);
    for (const used of Object.keys(CONTRACT[name] ?? {})) {
      assertEquals(found(line, [used]), [], used);
    }
  });
}

Deno.test("overDeclarations() has nothing against capabilities that grant nothing", () => {
  const line = 'capabilities = ["pulp.sibling", "entropy.read", "log.write"]';
  assertEquals(found(line, []), []);
});

// Each list of a manifest with the functions that may use it.
const LISTS: readonly (readonly [
  lines: string,
  names: readonly string[],
  expected: readonly string[],
])[] = [
  ['consumes = ["db"]', [], ["consumes"]],
  ['consumes = ["db"]', ["pulp_call"], []],
  ['depends_on = ["db"]', [], []],
  ['[permissions]\nnet = ["a.test"]', [], ["permissions.net"]],
  ['[permissions]\nnet = ["a.test"]', ["http_fetch"], ["permissions.net"]],
  ['[permissions]\nrun = ["date"]', [], ["permissions.run"]],
  ['[permissions]\nrun = ["date"]', ["process_run"], ["permissions.run"]],
  ['[permissions]\nenv = ["HOME"]', [], ["permissions.env"]],
  ['[permissions]\nenv = ["HOME"]', ["environ_sizes_get"], ["permissions.env"]],
  ['[permissions]\nenv = ["HOME"]', ["environ_get"], []],
  ['[permissions]\nread = ["a"]\nwrite = ["b"]', [], [
    "permissions.read",
    "permissions.write",
  ]],
  // Empty lists grant nothing; they only narrow.
  [
    "consumes = []\n[permissions]\nnet = []\nenv = []\nread = []\nwrite = []\nrun = []",
    [],
    [],
  ],
];

for (const [lines, names, expected] of LISTS) {
  const said = `${lines.replaceAll("\n", "; ")}, importing [${names}]`;
  Deno.test(`overDeclarations() of ${said}`, () => {
    assertEquals(found(lines, names), expected);
  });
}

Deno.test("overDeclarations() of net goes by the functions that take an address", () => {
  const net = (capability: string, ...names: string[]): string[] =>
    found(
      `capabilities = ["${capability}"]\n[permissions]\nnet = ["127.0.0.1:9"]`,
      names,
    );
  const unused = ["permissions.net"];
  assertEquals(net("transport.http.outbound", "http_fetch"), []);
  assertEquals(net("transport.http.outbound", "http_fetch_begin"), []);
  assertEquals(net("transport.http.outbound", "http_fetch_close"), unused);
  assertEquals(net("transport.http.inbound", "http_listen"), []);
  // The shared listener is not in the list.
  assertEquals(net("transport.http.inbound", "http_register"), unused);
  assertEquals(net("transport.ws.inbound", "ws_register"), unused);
  assertEquals(net("transport.sse", "sse_register"), unused);
  assertEquals(net("network.udp", "udp_listen"), []);
});

Deno.test("overDeclarations() says nothing that an extension could make wrong", () => {
  const lines = `capabilities = ["example.kv", "storage.fs"]
    consumes = ["db"]
    [permissions]
    net = ["a.test"]
    env = ["HOME"]
    read = ["a"]
    write = ["a"]
    run = ["date"]`;
  const registry = builtinRegistry().gated({
    name: "example.kv",
    stubs: { kv_get: { params: [4] } },
    imports: () => ({}),
  });
  assertEquals(found(lines, [], registry), ["capabilities: storage.fs"]);
});

Deno.test("overDeclarations() says where it stands and what to do", () => {
  const spec = parseManifest(
    `name = "x"
version = "1"
capabilities = [
  "storage.fs",
]
[permissions]
net = ["a.test"]
`,
    "x.toml",
  );
  assertEquals(
    overDeclarations(spec, imports(["http_fetch"]), builtinRegistry()),
    [
      {
        declaredIn: "capabilities",
        item: "storage.fs",
        line: 4,
        message:
          '"storage.fs" is declared, and the module imports nothing of it',
        hint: 'take "storage.fs" out of capabilities, line 4',
      },
      {
        declaredIn: "permissions.net",
        line: 7,
        message:
          '[permissions] net is never used: "transport.http.outbound" is not declared',
        hint:
          'declare "transport.http.outbound" in capabilities, or take [permissions] net out, line 7',
      },
    ],
  );
});

Deno.test("overDeclarations() does without the place of a spec that has none", () => {
  const spec = {
    ...parseManifest(
      'name = "x"\nversion = "1"\nconsumes = ["db"]\n',
      "x.toml",
    ),
    places: {},
  };
  assertEquals(overDeclarations(spec, imports([]), builtinRegistry()), [{
    declaredIn: "consumes",
    message:
      "consumes is never used: the module does not import pulp.pulp_call",
    hint: "take consumes out",
  }]);
});

import { assertEquals } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { ModuleImport } from "../wasm/module_info.ts";
import { capabilitiesLine, compareDeclarations } from "./declarations.ts";

function imports(...names: string[]): { imports: ModuleImport[] } {
  return {
    imports: names.map((name) => ({
      module: "pulp",
      name,
      kind: "function",
      type: { params: [], results: [] },
    })),
  };
}

Deno.test("compareDeclarations() sorts imports by the capability that they need", () => {
  const found = compareDeclarations(
    { capabilities: [] },
    imports(
      "sqlite_query",
      "http_respond",
      "http_register",
      "sqlite_query",
      "fs_read",
    ),
    builtinRegistry(),
  );
  assertEquals(found.imported, [
    { capability: "storage.sqlite", functions: ["sqlite_query"] },
    { capability: "storage.fs", functions: ["fs_read"] },
    {
      capability: "transport.http.inbound",
      functions: ["http_respond", "http_register"],
    },
  ]);
  assertEquals(found.undeclared, found.imported);
  assertEquals(found.neverImported, []);
});

Deno.test("compareDeclarations() tells declared from imported", () => {
  const found = compareDeclarations(
    { capabilities: ["storage.fs", "storage.sqlite"] },
    imports("sqlite_exec", "http_fetch"),
    builtinRegistry(),
  );
  assertEquals(found.undeclared, [
    { capability: "transport.http.outbound", functions: ["http_fetch"] },
  ]);
  assertEquals(found.neverImported, ["storage.fs"]);
});

Deno.test("compareDeclarations() leaves out what every cell gets", () => {
  const found = compareDeclarations(
    { capabilities: ["log.write", "entropy.read", "pulp.sibling"] },
    imports("log_write", "pulp_call"),
    builtinRegistry(),
  );
  assertEquals(found, { imported: [], undeclared: [], neverImported: [] });
});

Deno.test("compareDeclarations() leaves out what nobody knows, and other modules", () => {
  const others = ["env", "wasi_snapshot_preview1"].map((module) => ({
    ...imports("fs_read").imports[0]!,
    module,
  }));
  const found = compareDeclarations(
    { capabilities: ["storage.sqlit"] },
    { imports: [...imports("teleport").imports, ...others] },
    builtinRegistry(),
  );
  assertEquals(found, { imported: [], undeclared: [], neverImported: [] });
});

Deno.test("compareDeclarations() knows capabilities of one's own", () => {
  const registry = builtinRegistry()
    .gated({
      name: "example.kv",
      stubs: { kv_get: { params: [4] } },
      imports: () => ({}),
    })
    .gated({ name: "example.timer", stubs: {}, imports: () => ({}) });
  const capabilities = ["example.kv", "example.timer"];
  assertEquals(
    compareDeclarations({ capabilities: [] }, imports("kv_get"), registry)
      .undeclared,
    [{ capability: "example.kv", functions: ["kv_get"] }],
  );
  // A capability without functions can't be imported from.
  assertEquals(
    compareDeclarations({ capabilities }, imports(), registry).neverImported,
    ["example.kv"],
  );
});

Deno.test("capabilitiesLine() is a line of a manifest", () => {
  const names = ["storage.sqlite", 'quote"d', "back\\slash"];
  const line = capabilitiesLine(names);
  const text = `name = "x"\nversion = "1"\n${line}\n`;
  assertEquals(parseManifest(text, "x.toml").capabilities, names);
  assertEquals(capabilitiesLine([]), "capabilities = []");
});

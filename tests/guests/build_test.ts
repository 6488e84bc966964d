import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parseManifest } from "../../src/manifest/parse.ts";
import { buildGuest, GUESTS, manifestText, writeGuest } from "./build.ts";

const wat = Object.keys(GUESTS).filter((name) =>
  GUESTS[name]?.language === "wat"
);

Deno.test("the catalog names every WAT guest, and no other", async () => {
  const folder = join(import.meta.dirname ?? ".", "wat");
  const files = await Array.fromAsync(Deno.readDir(folder));
  assertEquals(
    files.map(({ name }) => name.replace(/\.wat$/, "")).sort(),
    [...wat].sort(),
  );
});

Deno.test("every WAT guest is a module that compiles", async () => {
  for (const name of wat) {
    const built = await buildGuest(name);
    assert("path" in built);
    assert(WebAssembly.validate(await Deno.readFile(built.path)), name);
  }
});

Deno.test("every guest has a manifest that parses", () => {
  for (const [name, guest] of Object.entries(GUESTS)) {
    const spec = parseManifest(
      manifestText(name, guest.manifest),
      "/cells/pulp.cell.toml",
    );
    assertEquals(spec.name, name);
    assertEquals(spec.provides, guest.manifest.provides ?? []);
    assertEquals(spec.capabilities, guest.manifest.capabilities ?? []);
  }
});

Deno.test("writeGuest() writes a folder whose manifest takes the overrides", async () => {
  const dir = await Deno.makeTempDir({ prefix: "pulp-guest-" });
  try {
    const written = await writeGuest(dir, "counter", {
      max_memory_pages: 3,
      permissions: { net: ["example.com"] },
      config: "answer = 42",
    }, "second");
    assert("path" in written);
    assertEquals(written.path, join(dir, "second", "pulp.cell.toml"));
    const text = await Deno.readTextFile(written.path);
    const spec = parseManifest(text, written.path);
    assertEquals(spec.name, "second");
    assertEquals(spec.maxMemoryPages, 3);
    assertEquals(spec.permissions.net, ["example.com"]);
    assertEquals(spec.provides, ["count", "echo", "envelope"]);
    assert(WebAssembly.validate(await Deno.readFile(spec.wasmPath)));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

for (const [name, guest] of Object.entries(GUESTS)) {
  if (guest.language === "wat") continue;
  Deno.test(`${name} builds, or says which toolchain is missing`, async () => {
    const built = await buildGuest(name);
    if ("skipped" in built) assert(built.skipped.startsWith(`${name}: `));
    else assert(WebAssembly.validate(await Deno.readFile(built.path)));
  });
}

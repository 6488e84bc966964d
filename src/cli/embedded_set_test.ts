import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PulpError } from "../errors.ts";
import { decodeSet, type EmbeddedSet, encodeSet } from "./embedded_set.ts";
import { ENTRY, fromEntry } from "./executable_plan.ts";

const word = fc.string({ minLength: 1, unit: "grapheme" })
  .map((text) => text.replace(/[/\\\0]/g, "_"))
  .filter((text) => text !== "." && text !== ".." && text.isWellFormed());
const path = fc.array(word, { minLength: 1, maxLength: 4 })
  .map((words) => `/${words.join("/")}`);

function setWith(manifest: string, wasm: string, ext: string): EmbeddedSet {
  const url = new URL("file:///");
  url.pathname = ext.replaceAll("%", "%25");
  return {
    program: "app",
    cells: [{
      name: "a",
      version: "1",
      provides: ["f"],
      manifest,
      wasm,
      sha256: "",
    }],
    extensions: [url.href],
    flags: ["--allow-net=127.0.0.1:8080"],
    made: { manifests: ["a"], output: "app", options: { listen: ["a:1"] } },
  };
}

Deno.test("a set is found in an executable as it was put in, whatever its files are called", () => {
  fc.assert(fc.property(path, path, path, (manifest, wasm, ext) => {
    const set = setWith(manifest, wasm, ext);
    const text = encodeSet(set, fromEntry);
    const found = decodeSet(text, ENTRY.href);
    assertEquals(found.cells, set.cells);
    assertEquals(
      found.extensions.map((url) => decodeURIComponent(new URL(url).pathname)),
      [ext],
    );
    assertEquals([found.flags, found.made], [set.flags, set.made]);
  }));
});

Deno.test("a set moves with the folder that its executable is unpacked to", () => {
  const here = new URL("../../cells/a/pulp.cell.toml", ENTRY).pathname;
  const text = encodeSet(setWith(here, here, here), fromEntry);
  const found = decodeSet(text, "file:///tmp/app%20x/src/cli/embedded_main.ts");
  assertEquals(found.cells[0]?.manifest, "/tmp/app x/cells/a/pulp.cell.toml");
  assertEquals(
    found.extensions,
    ["file:///tmp/app%20x/cells/a/pulp.cell.toml"],
  );
});

Deno.test("decodeSet() refuses what is no set", () => {
  for (const text of ["", "x", "null", "[]", "{}", '{"cells":[]}', "1"]) {
    assertThrows(() => decodeSet(text, ENTRY.href), PulpError, "no set");
  }
});

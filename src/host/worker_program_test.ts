import { assertEquals, assertNotEquals } from "@std/assert";
import { cellProgram, compileProgram } from "./worker_program.ts";

Deno.test("the program of a worker is one text, made once", async () => {
  for (const url of [cellProgram({}), compileProgram()]) {
    assertEquals(url.protocol, "blob:");
    const text = await (await fetch(url)).text();
    assertEquals(text.split("\n")[0]?.slice(0, 10), "// Made by");
  }
  assertEquals(cellProgram({}), cellProgram({}));
  assertNotEquals(cellProgram({}), compileProgram());
});

Deno.test("a worker that loads extensions is made of the modules that they share", async () => {
  const url = cellProgram({ extensions: ["file:///kv.ts"] });
  assertEquals(url.href.split("/").slice(-2), ["host", "cell_worker.ts"]);
  assertEquals((await Deno.stat(url)).isFile, true);
});

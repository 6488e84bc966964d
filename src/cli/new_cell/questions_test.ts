import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PulpError } from "../../errors.ts";
import { FakeIo } from "../testing/fake_io.ts";
import { askAnswers } from "./questions.ts";

Deno.test("askAnswers() takes what is usual for empty lines", async () => {
  const io = new FakeIo({ stdin: "\n\n\n" });
  assertEquals(await askAnswers("My Cell", io), {
    name: "my-cell",
    language: "assemblyscript",
    capabilities: [],
  });
  assertStringIncludes(io.err, "Name [my-cell]: ");
  assertEquals(io.out, "");
});

Deno.test("askAnswers() takes what is typed, without the blanks around", async () => {
  const io = new FakeIo({
    stdin: " hits \nGO\n storage.sqlite , log.write",
  });
  assertEquals(await askAnswers("x", io), {
    name: "hits",
    language: "go",
    capabilities: ["storage.sqlite", "log.write"],
  });
});

Deno.test("askAnswers() says what can't be used, and asks again", async () => {
  const io = new FakeIo({
    stdin: "a b\n\u202ea\nok\nrust\ngp\nc\nsqlite\nstorage.sqlite\n",
  });
  assertEquals(await askAnswers("x", io), {
    name: "ok",
    language: "c",
    capabilities: ["storage.sqlite"],
  });
  for (
    const says of [
      'Cannot name a cell "a b": ',
      'Cannot name a cell "\\u202ea": ',
      'Unknown language "rust": docs/writing_a_cell.md has a cell in Rust',
      'Unknown language "gp" (did you mean "go"?)\n',
      'Unknown capability "sqlite" (did you mean "storage.sqlite"?)\n',
    ]
  ) assertStringIncludes(io.err, says);
});

Deno.test("askAnswers() gives up when the input ends", async () => {
  for (const stdin of ["", "name\n", "name\ngo\n", "name\nnope"]) {
    const io = new FakeIo({ stdin });
    const error = await assertRejects(() => askAnswers("x", io), PulpError);
    assertEquals(error.code, "usage");
    assertStringIncludes(error.message, "standard input has ended");
  }
});

Deno.test("askAnswers() shows the list again to who types a number", async () => {
  const io = new FakeIo({
    stdin: "ok\n2\ngolang\ngo\n1, 3\nstorage.sqlite log.write\n",
  });
  assertEquals(await askAnswers("x", io), {
    name: "ok",
    language: "go",
    capabilities: ["storage.sqlite", "log.write"],
  });
  const count = (text: string): number => io.err.split(text).length - 1;
  assertEquals(count("Cannot choose by number: type the word\n"), 2);
  assertEquals(count("\n  go              Go, with "), 2);
  assertEquals(count("  wat             WebAssembly text\n"), 2);
  assertEquals(count("  log.write "), 2);
  assertStringIncludes(io.err, 'Unknown language "golang": did you mean "go"?');
});

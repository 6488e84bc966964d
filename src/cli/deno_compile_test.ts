import { assertEquals, assertStringIncludes } from "@std/assert";
import { TempDir } from "../testing/cell_folder.ts";
import { compileError, grantedDeno, replaceFile } from "./deno_compile.ts";

const OF = { output: "/w/app", target: "x86_64-unknown-linux-gnu" };

const TAIL = "\n\nStack backtrace:\n   0: <unknown>\n";

Deno.test("a runtime that can't be downloaded is named, with where to get it", () => {
  const error = compileError(
    `Compile file:///w/main.ts to app
Download https://dl.deno.land/release/v2.9.6/denort-x86_64-unknown-linux-gnu.zip
error: Writing deno compile executable to temporary file 'app.tmp-1'

Caused by:
    0: Setting up base binary.
    1: error sending request for url (https://dl.deno.land/x.zip): dns error
    2: dns error${TAIL}`,
    OF,
  );
  assertEquals(error.code, "host");
  assertEquals(
    error.message,
    "Cannot compile for x86_64-unknown-linux-gnu: Deno can't get denort, the runtime of executables: error sending request for url (https://dl.deno.land/x.zip): dns error",
  );
  assertStringIncludes(
    error.hint ?? "",
    `v${Deno.version.deno}/denort-x86_64-unknown-linux-gnu.zip`,
  );
});

Deno.test("a place that can't be written is the fault of the command line", () => {
  const error = compileError(
    `error: Opening temporary file '/w/app.tmp-1'

Caused by:
    Permission denied (os error 13)${TAIL}`,
    OF,
  );
  assertEquals(
    [error.code, error.message],
    ["usage", 'Cannot write "/w/app": Permission denied (os error 13)'],
  );
});

Deno.test("a runtime of another system is the fault of who named it", () => {
  const error = compileError(
    `error: Writing deno compile executable to temporary file 'app.exe.tmp-1'

Caused by:
    0: Writing binary bytes
    1: Invalid object: Failed to parse PE${TAIL}`,
    { ...OF, target: "x86_64-pc-windows-msvc" },
  );
  assertEquals(error.code, "host");
  assertEquals(
    error.message,
    "Cannot compile for x86_64-pc-windows-msvc: what DENORT_BIN names is for another platform",
  );
  assertStringIncludes(error.hint ?? "", "denort-x86_64-pc-windows-msvc.zip");
});

Deno.test("a disk that is full is not hidden behind what Deno was doing", () => {
  const error = compileError(
    `error: Writing deno compile executable to temporary file 'app.tmp-1'

Caused by:
    0: Writing binary bytes
    1: No space left on device (os error 28)${TAIL}`,
    OF,
  );
  assertEquals(
    error.message,
    "Cannot compile: No space left on device (os error 28)",
  );
});

Deno.test("what Deno says of modules is passed on, escaped", () => {
  const error = compileError(
    `Compile a to b
error: Module not found "file:///w/a\u{1b}[31m.ts".
    at file:///w/ext.ts:1:8${TAIL}`,
    OF,
  );
  assertEquals(error.code, "host");
  assertEquals(
    error.message,
    'Cannot compile: Module not found "file:///w/a\\x1b[31m.ts".\n' +
      "    at file:///w/ext.ts:1:8",
  );
});

Deno.test("a Deno that says nothing is an error all the same", () => {
  assertEquals(
    compileError("", OF).message,
    "Cannot compile: it gives no reason",
  );
});

Deno.test("grantedDeno() prefers this very Deno to the one of the search path", () => {
  const may = (...commands: readonly string[]): string | undefined =>
    grantedDeno((descriptor) =>
      descriptor.name === "run" &&
        commands.includes(String(descriptor.command))
        ? "granted"
        : "prompt"
    );
  assertEquals(may("deno", Deno.execPath()), Deno.execPath());
  assertEquals(may("deno"), "deno");
  assertEquals(may("node"), undefined);
});

Deno.test("replaceFile() takes no heed of a deno.json where it is started", async () => {
  await using dir = new TempDir();
  await Deno.writeTextFile(dir.join("deno.json"), "{ nope");
  await Deno.writeTextFile(dir.join("fresh"), "new");
  await Deno.writeTextFile(dir.join("old"), "old");
  const before = Deno.cwd();
  Deno.chdir(dir.path);
  try {
    await replaceFile(Deno.execPath(), dir.join("fresh"), dir.join("old"));
  } finally {
    Deno.chdir(before);
  }
  assertEquals(await Deno.readTextFile(dir.join("old")), "new");
});

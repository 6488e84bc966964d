import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { shellQuote, shownPath } from "./shell.ts";

Deno.test("shownPath() is relative below the current directory only", () => {
  assertEquals(shownPath("/a/b/c", "/a"), "b/c");
  assertEquals(shownPath("/a", "/a"), ".");
  assertEquals(shownPath("/ab/c", "/a"), "/ab/c");
  assertEquals(shownPath("/a/b", "/"), "a/b");
  assertEquals(shownPath("/a/-b", "/a"), "./-b");
});

Deno.test("shellQuote() quotes only what needs it", () => {
  assertEquals(
    shellQuote("--allow-net=127.0.0.1:80"),
    "--allow-net=127.0.0.1:80",
  );
  assertEquals(shellQuote(""), "''");
  assertEquals(shellQuote("a b"), "'a b'");
  assertEquals(shellQuote("it's"), `'it'\\''s'`);
  assertEquals(shellQuote("--allow-net=[::1]:80"), "'--allow-net=[::1]:80'");
  assertEquals(shellQuote("a'\x1b[2J\n"), `$'a\\'\\x1b[2J\\x0a'`);
});

Deno.test({
  name: "shellQuote() is undone by a shell",
  ignore: Deno.build.os === "windows",
  fn(): void {
    // All words in one go: a shell for each would take minutes.
    const words = fc.sample(
      fc.string({ unit: "binary", maxLength: 20 }).filter((word) =>
        !word.includes("\0")
      ),
      300,
    );
    const script = `printf '%s\\0' ${words.map(shellQuote).join(" ")}`;
    const { stdout, success } = new Deno.Command("bash", {
      args: ["-c", script],
      env: { LC_ALL: "C.UTF-8" },
    }).outputSync();
    assertEquals(success, true);
    const back = new TextDecoder().decode(stdout).split("\0").slice(0, -1);
    assertEquals(back, words);
  },
});

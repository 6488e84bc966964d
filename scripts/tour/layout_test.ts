import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { charactersOf, columnsOf, endOf, wrap } from "./layout.ts";

const style = {};

function texts(text: string, columns: number): string[] {
  return wrap([{ text, style }], columns).map((row) => {
    let line = "";
    let end = 0;
    for (const run of row) {
      line += " ".repeat(run.column - end) + run.text;
      end = run.column + run.columns;
    }
    return line;
  });
}

Deno.test("columnsOf() gives wide characters two columns", () => {
  const widths = (text: string): number[] => charactersOf(text).map(columnsOf);
  assertEquals(widths("aé~…─"), [1, 1, 1, 1, 1]);
  assertEquals(widths("天かカ한ー！"), [2, 2, 2, 2, 2, 2]);
  // Half-width forms of the same letters.
  assertEquals(widths("ｶﾅ"), [1, 1]);
  assertEquals(widths("🦕👩‍💻🇩🇪"), [2, 2, 2]);
  // Marks stand on the letter before them.
  assertEquals(widths("e\u0301"), [1]);
});

Deno.test("wrap() breaks a line where the terminal ends", () => {
  assertEquals(texts("abcdefg", 3), ["abc", "def", "g"]);
  assertEquals(texts("abc", 3), ["abc"]);
  assertEquals(texts("", 3), [""]);
  assertEquals(texts("ab  cd", 4), ["ab", "cd"]);
});

Deno.test("wrap() takes a wide character that does not fit to the next row", () => {
  assertEquals(texts("ab天c", 3), ["ab", "天c"]);
  assertThrows(() => wrap([{ text: "天", style }], 1), RangeError);
});

Deno.test("wrap() begins a run behind each gap, and at each style", () => {
  const dim = { dim: true } as const;
  assertEquals(
    wrap([{ text: "  a b   天", style }, { text: "c", style: dim }], 20),
    [[
      { column: 2, columns: 3, text: "a b", style },
      { column: 8, columns: 2, text: "天", style },
      { column: 10, columns: 1, text: "c", style: dim },
    ]],
  );
});

Deno.test("wrap() shows a mark for each control character", () => {
  assertEquals(texts("a\x07\tb", 9), ["a\ufffd\ufffdb"]);
});

Deno.test("wrap() loses nothing, and no row is too long", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ unit: "grapheme" }), { maxLength: 5 }),
    fc.integer({ min: 2, max: 30 }),
    (parts, columns) => {
      const rows = wrap(parts.map((text) => ({ text, style })), columns);
      for (const row of rows) {
        if (endOf(row) > columns) throw new Error("a row is too long");
      }
      const shown = rows.flat().map(({ text }) => text).join("");
      assertEquals(bare(shown), bare(parts.join("")));
    },
  ));
});

/** Without what is drawn as nothing, or as a mark. */
function bare(text: string): string {
  return text.replace(/[ \ufffd\p{Cc}]/gu, "");
}

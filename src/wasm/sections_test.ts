import { assert, assertEquals } from "@std/assert";
import { isWat } from "./sections.ts";

Deno.test("isWat() knows a text of WebAssembly behind space and comments", () => {
  for (
    const [text, expected] of [
      ["(module)", true],
      [" \n( module $a", true],
      [";; one\n(; two ;)(;three\n;)\n(component", true],
      ["(; (module ;)", false],
      ["(; ;) ;) (module)", false],
      [";; (module)", false],
      ["(modules)", false],
      ["", false],
    ] as const
  ) {
    assertEquals(isWat(new TextEncoder().encode(text)), expected, text);
  }
});

Deno.test("isWat() takes a moment for a file that is full of comments", () => {
  const began = performance.now();
  for (const comment of ["(;;)", "(;;);;)", ";;\n", " ", "(; "]) {
    const text = comment.repeat(4096 / comment.length);
    assertEquals(isWat(new TextEncoder().encode(text)), false);
  }
  // It doubled with each comment, when one could end at the end of another.
  assert(performance.now() - began < 20_000);
});

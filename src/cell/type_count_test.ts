import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { countTypes } from "./type_count.ts";

Deno.test("the types of all modules of a process are counted, once for each checksum", () => {
  // In steps: other tests have counted a few.
  const step = LIMITS.processTypes / 100;
  for (let module = 0; module < 99; module++) {
    countTypes("a.wasm", step, `module ${module}`);
    countTypes("a.wasm", step, `module ${module}`);
  }
  const error = assertThrows(
    () => countTypes("b.wasm", 2 * step, "another"),
    PulpError,
  );
  assertEquals(error.code, "module");
  assertStringIncludes(error.message, 'Cannot load "b.wasm"');
  assertStringIncludes(error.hint ?? "", "start the process again");
  // What is there already takes nothing more.
  countTypes("a.wasm", step, "module 0");
});

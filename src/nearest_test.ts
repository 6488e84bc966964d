import { assertEquals } from "@std/assert";
import { didYouMean, nearest } from "./nearest.ts";

Deno.test("nearest() finds a slip of the finger", () => {
  assertEquals(
    nearest("storage.sqlit", ["storage.sqlite", "storage.fs"]),
    "storage.sqlite",
  );
  assertEquals(nearest("rnu", ["call", "run"]), "run");
  assertEquals(nearest("RUN", ["run", "call"]), "run");
});

Deno.test("nearest() stays silent about words that are far away", () => {
  assertEquals(nearest("frobnicate", ["run", "call"]), undefined);
  assertEquals(nearest("x", []), undefined);
  assertEquals(didYouMean("frobnicate", ["run"]), "");
});

import { assert } from "@std/assert";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { killWhileWriting } from "./killed_writes.ts";

Deno.test("what was acknowledged is there after the host was killed in the middle of writes", async () => {
  await using dir = new TempDir();
  const rounds = [1, 50, 200];
  assert(await killWhileWriting(dir, rounds) >= 251);
});

import { assert, assertEquals } from "@std/assert";
import { FORBIDDEN } from "../src/capabilities/http/testing/targets.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { ROOT, runProcess } from "./support/pulp.ts";

/** Fetches what it is called with, and answers the code. */
const FETCHER = cellWat({
  imports:
    `(import "pulp" "http_fetch" (func $fetch (param i32 i32 i32 i32) (result i32)))`,
  functions:
    `(func (export "pulp_on_call") (param i32 i32) (param $args i32) (param $alen i32) (param $p i32) (param $l i32) (result i32)
    (i32.store8 (i32.const 8) (call $fetch (local.get $args) (local.get $alen) (i32.const 16) (i32.const 20)))
    (i32.store (local.get $p) (i32.const 8)) (i32.store (local.get $l) (i32.const 1)) (i32.const 0))`,
});

Deno.test("no spelling of a private target is reached from a worker that Deno grants every host", async (t) => {
  assert(FORBIDDEN.length >= 60);
  await using dir = new TempDir();
  for (const net of ["", `\n[permissions]\nnet = ["example.com:443"]`]) {
    const spec = await dir.cell(
      "fetcher",
      await wat(FETCHER),
      `capabilities = ["transport.http.outbound"]${net}`,
    );
    const { code, out, err } = await runProcess(Deno.execPath(), [
      "run",
      "--no-prompt",
      "--no-check",
      `--allow-read=${dir.path}`,
      "--allow-net",
      `${ROOT}tests/support/egress_child.ts`,
      spec.manifestPath,
    ]);
    assertEquals(code, 0, err);
    const codes = JSON.parse(out);
    await t.step(net === "" ? "without a list" : "with a list", () => {
      assertEquals(
        codes,
        Object.fromEntries(FORBIDDEN.map((url) => [url, 11])),
      );
    });
  }
});

import { assert, assertEquals } from "@std/assert";
import { CONTRACT } from "../capabilities/contract.ts";
import { CODE_OF } from "../capabilities/code.ts";
import { workerProgram } from "./worker_program.ts";
import { WORKER_URL } from "./worker_permissions.ts";

function imports(capabilities: readonly string[], listens = true): string[] {
  const { href } = workerProgram({ capabilities }, listens, false);
  const source = decodeURIComponent(href.slice(href.indexOf(",") + 1));
  return [...source.matchAll(/from "([^"]+)"/g)].map(([, url]) =>
    new URL(url!).pathname.replace(/^.*\/src\//, "")
  );
}

Deno.test("the program of a worker imports the code of its cell's capabilities, and no other", () => {
  assertEquals(imports([]), ["host/cell_runtime.ts"]);
  assertEquals(imports(["storage.sqlite"]), [
    "host/cell_runtime.ts",
    "capabilities/sqlite.ts",
  ]);
  assertEquals(
    imports(["transport.ws.inbound", "transport.sse", "kv", "toString"]),
    [
      "host/cell_runtime.ts",
      "capabilities/ws_inbound.ts",
      "capabilities/http/inbound_server.ts",
      "capabilities/sse.ts",
    ],
  );
  assert(imports([], false).includes("host/remote_inbound.ts"));
});

Deno.test("the program of a worker names files that are there", async () => {
  for (const name of Object.keys(CODE_OF)) {
    assert(Object.hasOwn(CONTRACT, name), name);
    for (const path of imports([name], false)) {
      assert((await Deno.stat(new URL(`../${path}`, import.meta.url))).isFile);
    }
  }
});

Deno.test("an executable has one program for all cells", () => {
  assertEquals(workerProgram({ capabilities: [] }, true, true), WORKER_URL);
});

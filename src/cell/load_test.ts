import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Capability } from "../capabilities/capability.ts";
import { Registry } from "../capabilities/registry.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { PermissionQuery } from "../permissions/verdict.ts";
import { defaultEnv, environOf } from "./load.ts";
import { NAPPER, refused, sleeper, withCell } from "./testing/sample_cell.ts";

const spec = (listed: string): ReturnType<typeof parseManifest> =>
  parseManifest(
    `name = "c"\nversion = "1"\n[permissions]\nenv = [${listed}]\n`,
    "/c/pulp.cell.toml",
  );

/** Grants the variables that it is given. */
const grants = (...names: string[]): PermissionQuery => (descriptor) =>
  descriptor.name === "env" && names.includes(descriptor.variable ?? "")
    ? "granted"
    : "prompt";

/** Sets variables of this process until it is disposed of. */
function variables(given: Readonly<Record<string, string>>): Disposable {
  const before = new Map(
    Object.keys(given).map((name) => [name, Deno.env.get(name)]),
  );
  for (const [name, value] of Object.entries(given)) Deno.env.set(name, value);
  return {
    [Symbol.dispose]: () => {
      for (const [name, value] of before) {
        if (value === undefined) Deno.env.delete(name);
        else Deno.env.set(name, value);
      }
    },
  };
}

Deno.test("environOf() gives a cell the variables that both keys open", () => {
  using _set = variables({ PULP_TEST_A: "a=1", PULP_TEST_B: "b" });
  const listed = `"PULP_TEST_A", "PULP_TEST_C"`;
  assertEquals(
    environOf(
      spec(listed),
      grants("PULP_TEST_A", "PULP_TEST_B", "PULP_TEST_C"),
    ),
    ["PULP_TEST_A=a=1"],
  );
  assertEquals(environOf(spec(listed), grants("PULP_TEST_B")), []);
  assertEquals(environOf(spec(""), grants("PULP_TEST_A")), []);
});

Deno.test("environOf() gives every cell HTTP_PORT and TZ when Deno grants them", () => {
  using _set = variables({ HTTP_PORT: "8080", TZ: "UTC" });
  assertEquals(environOf(spec(""), grants("HTTP_PORT", "TZ")), [
    "HTTP_PORT=8080",
    "TZ=UTC",
  ]);
  assertEquals(environOf(spec(""), grants("TZ")), ["TZ=UTC"]);
});

Deno.test("defaultEnv() keeps all that it is given", () => {
  const tls = { cert: "cert", key: "key" };
  const extensions = ["file:///kv.ts"];
  const env = defaultEnv({ storageRoot: "/data", tls, extensions });
  assertEquals(env, {
    storageRoot: "/data",
    listen: "127.0.0.1:8080",
    tls,
    extensions,
  });
  assertEquals(defaultEnv({ listen: "127.0.0.1:0" }).listen, "127.0.0.1:0");
});

Deno.test("load() names all missing exports at once", async () => {
  const error = await refused({
    without: ["pulp_init", "pulp_step", "memory", "pulp_alloc"],
  });
  assertEquals(error.code, "module");
  assertStringIncludes(
    error.message,
    "missing required exports: memory, pulp_init, pulp_step",
  );
});

Deno.test("load() refuses exports of the wrong kind or type", async () => {
  const error = await refused({
    without: ["pulp_step", "pulp_shutdown"],
    functions:
      `(global (export "pulp_step") i32 (i32.const 0)) (func (export "pulp_shutdown") (param f64))`,
  });
  assertStringIncludes(
    error.message,
    `export "pulp_step" is a global, not a function`,
  );
  assertStringIncludes(
    error.message,
    `export "pulp_shutdown" has type (f64) -> (), not () -> i32`,
  );
});

Deno.test("load() names every unknown import, with near misses", async () => {
  const error = await refused({
    imports:
      `(import "pulp" "sqlite_exce" (func (param i32 i32 i32 i32) (result i32)))
      (import "env" "abort" (func)) (import "pulp" "table" (table 1 funcref))
      (import "wasi_snapshot_preview1" "fd_wrote" (func))`,
  });
  for (
    const part of [
      `"pulp.sqlite_exce" (did you mean "sqlite_exec" of storage.sqlite?)`,
      `"env.abort"`,
      `table "pulp.table"`,
      `"fd_wrote"`,
    ]
  ) {
    assertStringIncludes(error.message, part);
  }
});

Deno.test("load() refuses an import of a known function with another signature", async () => {
  const error = await refused({
    imports:
      `(import "pulp" "sqlite_exec" (func (param i32 i32 i32 i32 i32) (result i32)))`,
  });
  assertStringIncludes(error.message, "takes 4 or 6 i32");
});

Deno.test("a declared capability that no registry holds is refused before anything is read", async () => {
  const error = await refused(`(module)`, {
    manifest: `capabilities = ["storage.sqlit"]`,
  });
  assertEquals(error.code, "manifest");
  assertStringIncludes(error.message, `did you mean "storage.sqlite"?`);
});

Deno.test("a start function that traps is an error of load()", async () => {
  const error = await refused({
    functions: `(func $s unreachable) (start $s)`,
  });
  assertEquals(error.code, "trap");
  assertStringIncludes(error.message, "start function");
});

Deno.test("load() checks the sha256 that a manifest pins", async () => {
  const error = await refused({}, {
    manifest: `wasm_sha256 = "${"0".repeat(64)}"`,
  });
  assertEquals(error.code, "module");
  assertStringIncludes(error.hint ?? "", "wasm_sha256");
});

Deno.test("load() stops at once when its signal is aborted", async () => {
  await assertRejects(
    () =>
      withCell({}, () => Promise.resolve(), {
        signal: AbortSignal.abort(new Error("enough")),
      }),
    Error,
    "enough",
  );
});

Deno.test("load() is ended by its signal while the instance is made, and while a setup hangs", async () => {
  const late = new AbortController();
  await assertRejects(
    () =>
      withCell({}, () => Promise.resolve(), {
        signal: late.signal,
        beforeGuest: () => queueMicrotask(() => late.abort(new Error("late"))),
      }),
    Error,
    "late",
  );
  const hangs = new AbortController();
  const capability: Capability = {
    ...sleeper(false, () => 0),
    setup: () => {
      queueMicrotask(() => hangs.abort(new Error("too long")));
      return new Promise<void>(() => {});
    },
  };
  await assertRejects(
    () =>
      withCell(NAPPER, () => Promise.resolve(), {
        signal: hangs.signal,
        registry: new Registry().gated(capability),
        manifest: `capabilities = ["test.sleep"]`,
      }),
    Error,
    "too long",
  );
});

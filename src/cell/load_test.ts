import { assertEquals } from "@std/assert";
import { parseManifest } from "../manifest/parse.ts";
import type { PermissionQuery } from "../permissions/verdict.ts";
import { defaultEnv, environOf } from "./load.ts";

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

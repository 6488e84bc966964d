import { assertEquals } from "@std/assert";
import { parseManifest } from "../manifest/parse.ts";
import type { PermissionQuery } from "../permissions/verdict.ts";
import { environOf } from "./load.ts";

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

Deno.test("environOf() gives a cell the variables that both keys open", () => {
  Deno.env.set("PULP_TEST_A", "a=1");
  Deno.env.set("PULP_TEST_B", "b");
  Deno.env.delete("PULP_TEST_C");
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
  Deno.env.set("HTTP_PORT", "8080");
  Deno.env.set("TZ", "UTC");
  assertEquals(environOf(spec(""), grants("HTTP_PORT", "TZ")), [
    "HTTP_PORT=8080",
    "TZ=UTC",
  ]);
  assertEquals(environOf(spec(""), grants("TZ")), ["TZ=UTC"]);
});

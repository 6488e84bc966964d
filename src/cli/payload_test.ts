import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { jsonPayload } from "./payload.ts";
import { FakeIo } from "./testing/fake_io.ts";

Deno.test("jsonPayload() says how JSON is typed when an argument is none", () => {
  const error = assertThrows(
    () => jsonPayload("{name: Ada}", new FakeIo()),
    PulpError,
    "line 1, column 2",
  );
  assertEquals(error.code, "usage");
  assertEquals(
    error.hint,
    "JSON stands in single quotes; - reads it from standard input",
  );
});

Deno.test("jsonPayload() keeps a hint that says more", () => {
  const error = assertThrows(
    () => jsonPayload("99999999999999999999", new FakeIo()),
    PulpError,
  );
  assertEquals(error.hint, "Write it with a decimal point to send a float");
});

Deno.test("jsonPayload() says when standard input was empty, or no JSON", async () => {
  for (const stdin of ["", " \n"]) {
    const payload = jsonPayload("-", new FakeIo({ stdin }));
    const error = await assertRejects(
      () => payload.read(),
      PulpError,
      "standard input was empty",
    );
    assertEquals(error.code, "usage");
  }
  const payload = jsonPayload("-", new FakeIo({ stdin: "{bad" }));
  const error = await assertRejects(
    () => payload.read(),
    PulpError,
    "line 1, column 2",
  );
  assertEquals(error.hint, undefined);
});

import { assertEquals, assertStrictEquals } from "@std/assert";
import { PulpError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { ListenFailures } from "./listen_failures.ts";

const WHY = 'Cannot listen on "127.0.0.1:80": the address is in use';

function failed(cell: string): { failures: ListenFailures; told: string[] } {
  const told: string[] = [];
  const inner: Logger = { log: (_, message) => void told.push(message) };
  const failures = new ListenFailures(inner);
  const fields = { cell, error: WHY, hint: "do this" };
  failures.logger.log("error", "http server failed", fields);
  return { failures, told };
}

Deno.test("a cell that refuses for want of a listener is told why, and the record passes", () => {
  const { failures, told } = failed("notes");
  const error = new PulpError("init", 'Cannot initialise cell "notes": no');
  const { code, message, hint } = failures.explained(error) as PulpError;
  assertEquals([code, message, hint], [
    "init",
    `Cannot initialise cell "notes": no: ${WHY}`,
    "do this",
  ]);
  assertEquals(told, ["http server failed"]);
});

Deno.test("other errors, and those of other cells, stay what they are", () => {
  const { failures } = failed("notes");
  for (
    const error of [
      new PulpError("init", 'Cannot initialise cell "note": no'),
      new PulpError("trap", 'Cannot initialise cell "notes": no'),
      new Error('Cannot initialise cell "notes": no'),
      "no",
    ]
  ) assertStrictEquals(failures.explained(error), error);
});

import { assertEquals } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { FakeCell } from "./http/testing/fake_cell.ts";
import { siblingCalls } from "./sibling_calls.ts";

Deno.test("pulp_call checks empty, range, declared, size, in that order", () => {
  const cell = new FakeCell(siblingCalls());
  const { memory } = cell;
  const name = memory.put(new TextEncoder().encode("fn"));
  const outside = memory.bytes.length;
  const call = (...args: number[]): unknown =>
    cell.raw("pulp_call", ...args, 0, 4);
  assertEquals(call(name, 0, outside, 9, outside, 9), 1);
  assertEquals(call(name, 2, name, 0, outside, 9), 1);
  assertEquals(call(outside, 2, name, 2, 0, 0), 2);
  assertEquals(call(name, 2, outside, 2, 0, 0), 2);
  assertEquals(call(name, 2, name, 2, outside, 1), 2);
  assertEquals(call(name, 2, name, 2, 0, LIMITS.messageBytes + 1), 11);
  assertEquals(call(name, LIMITS.messageBytes + 1, name, 2, 0, 0), 11);
  assertEquals(
    new Set(cell.records.map(({ message }) => message)),
    new Set(["pulp_call denied by manifest"]),
  );
});

Deno.test("pulp_call of a cell that runs by itself is 4 where the manifest declares the target", () => {
  const cell = new FakeCell(siblingCalls());
  Object.assign(cell.spec, { consumes: ["fn"], dependsOn: ["other"] });
  const { memory } = cell;
  const put = (text: string): [number, number] => {
    const bytes = new TextEncoder().encode(text);
    return [memory.put(bytes), bytes.length];
  };
  const code = (target: string, name: string, size = 0): unknown =>
    cell.raw("pulp_call", ...put(target), ...put(name), 0, size, 0, 4);
  assertEquals(code("other", "any"), 4);
  assertEquals(code("third", "fn"), 4);
  assertEquals(code("third", "any"), 11);
  assertEquals(code("other", "any", LIMITS.messageBytes + 1), 4);
  assertEquals(cell.records.map(({ message }) => message), [
    "pulp_call target is down",
    "pulp_call target is down",
    "pulp_call denied by manifest",
    "pulp_call too large",
  ]);
});

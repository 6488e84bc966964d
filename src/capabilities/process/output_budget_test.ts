import { assertEquals } from "@std/assert";
import { OutputBudget } from "./output_budget.ts";

Deno.test("OutputBudget makes room before it gives less than what is asked for", () => {
  const kept = [30, 20];
  const budget: OutputBudget = new OutputBudget(100, () => {
    const bytes = kept.shift();
    if (bytes === undefined) return false;
    budget.give(bytes);
    return true;
  });
  assertEquals(budget.take(50), 50);
  assertEquals(budget.take(50), 50);
  assertEquals([budget.used, kept.length], [100, 2]);
  assertEquals(budget.take(10), 10);
  assertEquals([budget.used, kept.length], [80, 1]);
  assertEquals(budget.take(60), 40);
  assertEquals([budget.used, kept.length], [100, 0]);
  assertEquals(budget.take(1), 0);
});

import { assertEquals, assertRejects } from "@std/assert";
import { until, within } from "./until.ts";

/** Has every timer come at once, until it is disposed of. */
class Hurry implements Disposable {
  readonly #before = globalThis.setTimeout;

  constructor() {
    const later = this.#before;
    globalThis.setTimeout =
      ((run: () => void) => later(run, 0)) as typeof setTimeout;
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#before;
  }
}

Deno.test("until() gives the first answer that is neither undefined nor false", async () => {
  const answers = [undefined, false, 0, 1];
  assertEquals(await until("a number", () => answers.shift()), 0);
  assertEquals(await until("a promise", () => Promise.resolve("so")), "so");
  await assertRejects(
    () => until("an error", () => Promise.reject(new TypeError("no"))),
    TypeError,
    "no",
  );
});

Deno.test("until() and within() give up, and say what they waited for and what was there", async () => {
  using _ = new Hurry();
  await assertRejects(
    () => until("a sign", () => false, () => "a log"),
    Error,
    "waited 60 s in vain for a sign:\na log",
  );
  // Nor is an answer waited for that does not come.
  const never = new Promise<undefined>(() => {});
  await assertRejects(
    () => until("an answer", () => never),
    Error,
    "waited 60 s in vain for an answer",
  );
  await assertRejects(
    () => within("an end", never),
    Error,
    "waited 60 s in vain for an end",
  );
});

import { assertEquals } from "@std/assert";
import { PulpError } from "../errors.ts";
import { Pending, type Progress } from "./pending.ts";

const late = new PulpError("deadline", "it ran too long");

/** Three events and a question, and what they are told. */
function asked(): {
  readonly pending: Pending;
  readonly told: string[];
  settled(): Promise<string[]>;
} {
  const pending = new Pending();
  const told: string[] = [];
  const event = (name: string): void => {
    pending.event(({ error }) => told.push(`${name} ${codeOf(error)}`));
  };
  event("one");
  event("two");
  pending.ask(true).answer.then(
    () => told.push("question answered"),
    (error) => told.push(`question ${codeOf(error)}`),
  );
  event("four");
  return {
    pending,
    told,
    settled: async () => {
      await Promise.resolve();
      return told.splice(0).sort();
    },
  };
}

function codeOf(error: unknown): string {
  return error === undefined ? "well" : (error as PulpError).code;
}

const at = (last: number, isInside = true): Progress => ({ last, isInside });

Deno.test("what is through is left alone when the guest is late, and what never got there may be tried again", async () => {
  const { pending, settled } = asked();
  pending.late(late, at(2));
  assertEquals(await settled(), [
    "four closed",
    "question deadline",
    "two deadline",
  ]);
  // Its answer was on its way.
  pending.stepped(1, {});
  assertEquals(await settled(), ["one well"]);
});

Deno.test("when something else keeps the guest, no event is told that it was in there", async () => {
  const { pending, settled } = asked();
  pending.late(late, at(1, false));
  assertEquals(await settled(), [
    "four closed",
    "question deadline",
    "two closed",
  ]);
  const before = asked();
  before.pending.late(late, at(0, false));
  assertEquals(await before.settled(), [
    "four closed",
    "one closed",
    "question deadline",
    "two closed",
  ]);
});

Deno.test("when a worker is gone, what got to the guest is never told that it may be tried again", async () => {
  for (const code of ["deadline", "closed"] as const) {
    const { pending, settled } = asked();
    pending.fail(new PulpError(code, "gone"), at(2));
    const got = code === "closed" ? "host" : code;
    assertEquals(
      await settled(),
      [
        "four closed",
        `one ${got}`,
        `question ${code}`,
        `two ${got}`,
      ].sort(),
    );
  }
});

Deno.test("numbers begin again after four billion", async () => {
  const { pending, told } = asked();
  pending.late(late, at(0xffff_ffff, false));
  assertEquals(told.splice(0).length, 3);
  const other = asked();
  other.pending.late(late, at(3));
  assertEquals((await other.settled())[0], "four closed");
});

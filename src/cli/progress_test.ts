import { assertEquals } from "@std/assert";
import { until } from "../testing/until.ts";
import { Progress } from "./progress.ts";
import { FakeIo } from "./testing/fake_io.ts";

Deno.test("Progress is quiet in the first second, then one line, and gone in the end", () => {
  const io = new FakeIo({ isTerminal: true });
  let now = 5;
  {
    using progress = new Progress(io, () => now);
    now += 999;
    progress.show("early");
    now += 1;
    progress.show("1 of 2");
    progress.show("2 of 2\n\x1b");
  }
  const clear = "\r\x1b[K";
  assertEquals(io.err, `${clear}1 of 2${clear}2 of 2\\n\\x1b${clear}`);
  assertEquals(io.out, "");
});

Deno.test("Progress says nothing where no person looks, or when nothing took long", () => {
  for (const isTerminal of [false, true]) {
    const io = new FakeIo({ isTerminal });
    let now = 0;
    {
      using progress = new Progress(io, () => now);
      progress.show("at once");
      if (!isTerminal) now = 10_000;
      progress.show(isTerminal ? "still at once" : "late");
    }
    assertEquals(io.err, "");
  }
});

Deno.test("Progress says what is waited for after a second, and no sooner", async () => {
  const io = new FakeIo({ isTerminal: true });
  {
    using progress = new Progress(io);
    progress.showIfLong("waiting");
  }
  assertEquals(io.err, "");
  {
    using progress = new Progress(io);
    progress.showIfLong("waiting");
    await until("the line", () => io.err !== "");
  }
  assertEquals(io.err, "\r\x1b[Kwaiting\r\x1b[K");
});

import { assertEquals, assertThrows } from "@std/assert";
import { StopSignal } from "./stop_signal.ts";
import { Exited, FakeIo } from "./testing/fake_io.ts";

Deno.test("StopSignal resolves with the first signal's name", async () => {
  const io = new FakeIo();
  using stop = new StopSignal(io);
  io.signal("SIGTERM");
  assertEquals(await stop.received, "terminated");
});

Deno.test("StopSignal ends the process with 130 at another signal", () => {
  const io = new FakeIo();
  using _stop = new StopSignal(io);
  io.signal("SIGINT");
  const { code } = assertThrows(() => io.signal("SIGTERM"), Exited);
  assertEquals(code, 130);
});

Deno.test("StopSignal takes the same signal within a second for the same request", async () => {
  const io = new FakeIo();
  let nowMs = 5000;
  using stop = new StopSignal(io, () => nowMs);
  io.signal("SIGINT");
  io.signal("SIGINT");
  nowMs += 1000;
  io.signal("SIGINT");
  assertEquals(await stop.received, "interrupt");
  // It counts from the first one, however many there are in between.
  nowMs += 1;
  const { code } = assertThrows(() => io.signal("SIGINT"), Exited);
  assertEquals(code, 130);
});

Deno.test("StopSignal still takes what is forwarded when it is disposed", () => {
  const io = new FakeIo();
  {
    using _stop = new StopSignal(io);
    io.signal("SIGINT");
  }
  io.signal("SIGINT");
  assertEquals(io.listeners, 1);
  assertThrows(() => io.signal("SIGTERM"), Exited);
});

Deno.test("StopSignal leaves signals to the system when it is disposed", () => {
  const io = new FakeIo();
  {
    using _stop = new StopSignal(io);
    assertEquals(io.listeners, 1);
  }
  assertEquals(io.listeners, 0);
});

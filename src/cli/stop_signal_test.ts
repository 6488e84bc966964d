import { assertEquals, assertThrows } from "@std/assert";
import { StopSignal } from "./stop_signal.ts";
import { Exited, FakeIo } from "./testing/fake_io.ts";

Deno.test("StopSignal resolves with the first signal's name", async () => {
  const io = new FakeIo();
  using stop = new StopSignal(io);
  io.signal("SIGTERM");
  assertEquals(await stop.received, "terminated");
});

Deno.test("StopSignal ends the process with 130 at the second signal", () => {
  const io = new FakeIo();
  using _stop = new StopSignal(io);
  io.signal("SIGINT");
  const { code } = assertThrows(() => io.signal("SIGTERM"), Exited);
  assertEquals(code, 130);
});

Deno.test("StopSignal leaves signals to the system when it is disposed", () => {
  const io = new FakeIo();
  {
    using _stop = new StopSignal(io);
    assertEquals(io.listeners, 1);
  }
  assertEquals(io.listeners, 0);
});

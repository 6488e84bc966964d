import { assertEquals } from "@std/assert";
import {
  blockReader,
  readMessage,
  readPath,
  readRequest,
} from "./guest_request.ts";
import { TestMemory } from "./testing/test_memory.ts";

Deno.test("blockReader() reads what readMessage() reads, and overwrites nothing", () => {
  const memory = new TestMemory();
  const read = blockReader();
  const kept: [read: Uint8Array, copy: Uint8Array][] = [];
  for (let i = 0; i < 200; i++) {
    const bytes = crypto.getRandomValues(new Uint8Array(1 + i * 23));
    const ptr = memory.put(bytes);
    const taken = read(memory, ptr, bytes.length, 8 << 20);
    if (!(taken instanceof Uint8Array)) throw new Error(`code ${taken}`);
    // The guest changes it afterwards.
    memory.bytes.fill(0, ptr, ptr + bytes.length);
    kept.push([taken, bytes]);
  }
  for (const [taken, copy] of kept) assertEquals(taken, copy);
});

Deno.test("blockReader() gives the codes of readMessage()", () => {
  const memory = new TestMemory();
  const end = memory.bytes.length;
  const read = blockReader();
  for (
    const [ptr, len, limit] of [
      [0, 0, 10],
      [0, 11, 10],
      [0, 3000, 10],
      [end, 1, 10],
      [end - 1, 2, 10],
      [-1, 2, 10],
      [16, -1, 10],
      [end - 2999, 3000, 8 << 20],
      [-5, 3000, 8 << 20],
    ] as const
  ) {
    assertEquals(
      read(memory, ptr, len, limit),
      readMessage(memory, ptr, len, limit),
      `${ptr} ${len} ${limit}`,
    );
  }
  assertEquals(read(memory, 0, 0, 10), 1);
  assertEquals(read(memory, end, 1, 10), 2);
  assertEquals(read(memory, 0, 11, 10), 4);
});

Deno.test("readRequest() takes a request at the start of a longer range, however long that is", () => {
  const memory = new TestMemory();
  const ptr = memory.put(new Uint8Array(64));
  memory.bytes[ptr] = 7;
  const first = ([byte]: Uint8Array): object => {
    if (byte !== 7) throw new TypeError("no 7");
    return { byte };
  };
  const request = (at: number, len: number): object | number =>
    readRequest(memory, at, len, 16, first);
  for (const len of [1, 16, 17, 64, memory.bytes.length - ptr]) {
    assertEquals(request(ptr, len), { byte: 7 });
  }
  assertEquals(request(ptr, 0), 1);
  assertEquals(request(ptr, memory.bytes.length - ptr + 1), 2);
  assertEquals(request(ptr, -1), 2);
  assertEquals(request(ptr + 1, 16), 3);
  // It may go on behind what is looked at.
  assertEquals(request(ptr + 1, 17), 4);
});

Deno.test("readPath() never takes the start of a path for the path", () => {
  const memory = new TestMemory();
  const text = (bytes: Uint8Array): string | number =>
    readPath(memory, memory.put(bytes), bytes.length);
  assertEquals(text(new TextEncoder().encode("/ä")), "/ä");
  assertEquals(text(new Uint8Array([0x2f, 0xff])), 3);
  assertEquals(text(new Uint8Array((8 << 20) + 1).fill(0x2f)), 4);
});

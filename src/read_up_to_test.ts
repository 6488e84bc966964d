import { assert, assertEquals, assertLess } from "@std/assert";
import { readUpTo } from "./read_up_to.ts";
import { TempDir } from "./testing/cell_folder.ts";

Deno.test("readUpTo() gives a whole file, or one byte more than the most", async () => {
  await using dir = new TempDir();
  const path = dir.join("file");
  for (const size of [0, 1, 9, 10, 11, 1000]) {
    const content = Uint8Array.from({ length: size }, (_, at) => at);
    await Deno.writeFile(path, content);
    using file = await Deno.open(path);
    assertEquals(await readUpTo(file, 10), content.subarray(0, 11));
  }
});

Deno.test("readUpTo() reads a file that grows as it is read, and no further than the most", async () => {
  await using dir = new TempDir();
  const path = dir.join("file");
  await Deno.writeFile(path, Uint8Array.of(0));
  using file = await Deno.open(path);
  const piece = new Uint8Array(100_000).fill(7);
  const most = 1_000_000;
  let appended = 0;
  let rooms = 0;
  const bytes = await readUpTo({
    stat: () => file.stat(),
    read: async (room) => {
      await Deno.writeFile(path, piece, { append: true });
      appended++;
      rooms = Math.max(rooms, room.buffer.byteLength);
      return await file.read(room);
    },
  }, most);
  assertEquals(bytes.length, most + 1);
  assertEquals(rooms, most + 1);
  assert(bytes.subarray(1).every((byte) => byte === 7));
  assertLess(appended, 30);
});

Deno.test("readUpTo() reads a file that says it is empty, as those of /proc do", async () => {
  await using dir = new TempDir();
  const path = dir.join("file");
  const content = new Uint8Array(300_000).fill(7);
  await Deno.writeFile(path, content);
  for (const most of [100, 299_999, 300_000, 1_000_000]) {
    using file = await Deno.open(path);
    const bytes = await readUpTo({
      stat: async () => ({ ...await file.stat(), size: 0 }),
      read: (room) => file.read(room),
    }, most);
    assertEquals(bytes.length, Math.min(most + 1, content.length));
  }
});

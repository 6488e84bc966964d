import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PacketQueue } from "./packet_queue.ts";

Deno.test("PacketQueue is a list of which the oldest give way", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.option(fc.nat(9)), { maxLength: 60 }),
      (size, actions) => {
        const queue = new PacketQueue(size);
        const model: number[] = [];
        let dropped = 0;
        for (const action of actions) {
          if (action === null) {
            assertEquals(queue.shift()?.length, model.shift());
          } else {
            queue.push(new Uint8Array(action));
            if (model.push(action) > size) {
              model.shift();
              dropped++;
            }
          }
          assertEquals(queue.length, model.length);
          assertEquals(queue.bytes, model.reduce((a, b) => a + b, 0));
        }
        assertEquals(queue.takeDropped(), dropped);
        assertEquals(queue.dropped, 0);
      },
    ),
  );
});

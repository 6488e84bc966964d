import { assertEquals, assertThrows } from "@std/assert";
import { silentLogger } from "../logger.ts";
import { makeMailbox } from "./mailbox.ts";
import { SiblingLinks } from "./sibling_links.ts";

function words(count: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * count));
}

Deno.test("a call that could not wake its target leaves the bell to the next one", () => {
  const shared = { up: words(2), bells: words(2), waits: words(2) };
  shared.up[1] = 1;
  const links = {
    self: 0,
    names: ["caller", "target"],
    shared,
    outgoing: [{ index: 1, mailbox: makeMailbox() }],
    incoming: [],
  };
  const siblings = new SiblingLinks(links, () => {
    throw new RangeError("Maximum call stack size exceeded");
  }, silentLogger);
  assertThrows(
    () => siblings.call("target", "go", new Uint8Array(0)),
    RangeError,
  );
  assertEquals([shared.bells[1], shared.waits[0]], [0, 0]);
});

import { assertEquals, assertThrows } from "@std/assert";
import { silentLogger } from "../logger.ts";
import { Mailbox, makeMailbox } from "./mailbox.ts";
import { BELL, SiblingLinks } from "./sibling_links.ts";

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
  assertEquals([shared.bells[1], shared.waits[0]], [BELL.quiet, 0]);
});

/** A cell that one other may call, at its end, and the mailbox at the other. */
function callee(): {
  readonly links: SiblingLinks;
  readonly bells: Int32Array;
  readonly mailbox: Mailbox;
} {
  const shared = { up: words(1), bells: words(1), waits: words(1) };
  const incoming = makeMailbox();
  const links = { self: 0, names: ["target"], shared, outgoing: [] };
  return {
    links: new SiblingLinks(
      { ...links, incoming: [incoming] },
      () => {},
      silentLogger,
    ),
    bells: shared.bells,
    mailbox: new Mailbox(incoming),
  };
}

Deno.test("while a cell looks for calls it need not be woken, and afterwards it has to be", () => {
  const { links, bells, mailbox } = callee();
  const taken: string[] = [];
  let meanwhile: number | undefined;
  mailbox.request("f", new Uint8Array(0));
  links.take(({ name, number }) => {
    taken.push(name);
    meanwhile = bells[0];
    mailbox.answer(number, 0, new Uint8Array(0));
  }, () => {});
  assertEquals([taken, meanwhile, bells[0]], [["f"], BELL.watched, BELL.quiet]);
});

Deno.test("a cell that is rung while it looks, looks again", () => {
  const { links, bells, mailbox } = callee();
  let looks = 0;
  mailbox.request("f", new Uint8Array(0));
  links.take(({ number }) => {
    mailbox.answer(number, 0, new Uint8Array(0));
    mailbox.wait();
    if (++looks === 3) return;
    mailbox.request("f", new Uint8Array(0));
    Atomics.store(bells, 0, BELL.rung);
  }, () => {});
  assertEquals([looks, bells[0]], [3, BELL.quiet]);
});

Deno.test("a cell that could not look can be woken all the same", () => {
  const { links, bells, mailbox } = callee();
  mailbox.request("f", new Uint8Array(0));
  assertThrows(
    () =>
      links.take(() => {
        throw new RangeError("Maximum call stack size exceeded");
      }, () => {}),
    RangeError,
  );
  assertEquals(bells[0], BELL.quiet);
});

import { assertEquals, assertThrows } from "@std/assert";
import { silentLogger } from "../logger.ts";
import { Mailbox, makeMailbox } from "./mailbox.ts";
import { BELL, type SharedWords, SiblingLinks } from "./sibling_links.ts";

function sharedWords(cells: number): SharedWords {
  const words = (): Int32Array =>
    new Int32Array(new SharedArrayBuffer(4 * cells));
  return { up: words(), bells: words(), waits: words(), lives: words() };
}

const RUNNING = { isStopped: (): boolean => false };

/** A cell that may call one other, which is up and answers only here. */
function caller(
  ring: () => void,
): {
  readonly siblings: SiblingLinks;
  readonly shared: SharedWords;
  readonly mailbox: Mailbox;
} {
  const shared = sharedWords(2);
  shared.up[1] = 1;
  const mailbox = makeMailbox();
  const links = {
    self: 0,
    life: 0,
    names: ["caller", "target"],
    shared,
    outgoing: [{ index: 1, mailbox }],
    incoming: [],
  };
  return {
    siblings: new SiblingLinks(links, ring, silentLogger),
    shared,
    mailbox: new Mailbox(mailbox),
  };
}

Deno.test("a call that could not wake its target leaves the bell to the next one", () => {
  const { siblings, shared } = caller(() => {
    throw new RangeError("Maximum call stack size exceeded");
  });
  assertThrows(
    () => siblings.call("target", "go", new Uint8Array(0), RUNNING),
    RangeError,
  );
  assertEquals([shared.bells[1], shared.waits[0]], [BELL.quiet, 0]);
});

Deno.test("a call whose target was not woken has it woken again", () => {
  let rings = 0;
  const { siblings, shared, mailbox } = caller(() => {
    if (++rings < 3) return;
    const { number } = mailbox.take()!;
    mailbox.answer(number, 0, new Uint8Array([7]));
  });
  // Another caller rang, and could not wake it.
  shared.bells[1] = BELL.rung;
  const answer = siblings.call("target", "go", new Uint8Array(0), RUNNING);
  assertEquals([answer, rings], [new Uint8Array([7]), 3]);
});

Deno.test("a caller whose deadline passes while it calls does not wait", () => {
  let isStopped = false;
  const { siblings, shared } = caller(() => {
    // Behind the last moment in which it could have been woken.
    isStopped = true;
  });
  const answer = siblings.call("target", "go", new Uint8Array(0), {
    isStopped: () => isStopped,
  });
  assertEquals([answer, shared.waits[0]], [4, 0]);
});

Deno.test("a thread that was given up calls nobody, and touches nothing of the next one", () => {
  const { siblings, shared } = caller(() => {
    throw new TypeError("it rang");
  });
  shared.lives[0] = 1;
  shared.waits[0] = 2;
  const answer = siblings.call("target", "go", new Uint8Array(0), RUNNING);
  assertEquals([answer, shared.waits[0]], [4, 2]);
});

/** A cell that one other may call, at its end, and the mailbox at the other. */
function callee(): {
  readonly links: SiblingLinks;
  readonly shared: SharedWords;
  readonly bells: Int32Array;
  readonly mailbox: Mailbox;
} {
  const shared = sharedWords(1);
  const incoming = makeMailbox();
  const links = { self: 0, life: 0, names: ["target"], shared, outgoing: [] };
  return {
    links: new SiblingLinks(
      { ...links, incoming: [incoming] },
      () => {},
      silentLogger,
    ),
    shared,
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

Deno.test("a thread that is given up while it answers leaves calls and bell to the next one", () => {
  const { links, shared, bells, mailbox } = callee();
  const taken: string[] = [];
  mailbox.request("f", new Uint8Array(0));
  links.take(({ name }) => {
    taken.push(name);
    // Given up, and the next instance is called, while this one answers.
    mailbox.fail("settling", "gone");
    mailbox.wait();
    shared.lives[0] = 1;
    mailbox.request("g", new Uint8Array(0));
    bells[0] = BELL.rung;
  }, () => {});
  assertEquals([taken, bells[0]], [["f"], BELL.rung]);
  links.take(({ name }) => void taken.push(name), () => {});
  assertEquals([taken, mailbox.take()?.name], [["f"], "g"]);
});

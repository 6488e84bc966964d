import { assert, assertEquals } from "@std/assert";
import { BodyReader, discardBody } from "./request_body.ts";

const KIB = 1024;

/** A body of pieces of 64 KiB, and what became of it. */
class Source {
  pulled = 0;
  readonly cancelled = Promise.withResolvers<void>();
  readonly request: Request;

  constructor(pieces: number) {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller): Promise<void> | void => {
        // One that stops sending keeps the client waiting.
        if (this.pulled === pieces) return new Promise<void>(() => {});
        this.pulled++;
        controller.enqueue(new Uint8Array(64 * KIB));
      },
      cancel: () => this.cancelled.resolve(),
    }, { highWaterMark: 0 });
    this.request = new Request("http://a/", { method: "POST", body });
  }
}

function reader(bodyIdleMs = 10_000): BodyReader {
  const bodyBytes = 256 * KIB;
  return new BodyReader({ bodyBytes, bodiesBytes: 512 * KIB, bodyIdleMs });
}

Deno.test("a body that is refused is read on, but not without end", async () => {
  const endless = 1_000_000;
  for (
    const [declared, expected] of [["9999999", 413], [undefined, 413]] as const
  ) {
    const source = new Source(endless);
    const answer = await reader().read(source.request, declared);
    assert(!(answer instanceof Uint8Array));
    assertEquals(answer.status, expected);
    const before = source.pulled;
    await source.cancelled.promise;
    assert(source.pulled - before >= 10, `${source.pulled}`);
    assert(source.pulled <= 32, `${source.pulled}`);
  }
});

Deno.test("a client that is told that it was too slow, or that nobody takes its body, has a second", async () => {
  const slow = new Source(1);
  const answer = await reader(20).read(slow.request, undefined);
  assert(!(answer instanceof Uint8Array));
  assertEquals(answer.status, 408);
  const unwanted = new Source(1);
  discardBody(unwanted.request);
  const first = await Promise.race([
    slow.cancelled.promise.then(() => "cancelled"),
    unwanted.cancelled.promise.then(() => "cancelled"),
    new Promise((resolve) => setTimeout(resolve, 100, "still read")),
  ]);
  assertEquals(first, "still read");
  await slow.cancelled.promise;
  await unwanted.cancelled.promise;
});

Deno.test("a server that ends answers who is still sending", async () => {
  const source = new Source(1);
  const bodies = reader();
  const answer = bodies.read(source.request, undefined);
  bodies.giveUp();
  const given = await answer;
  assert(!(given instanceof Uint8Array));
  assertEquals(given.status, 503);
  await source.cancelled.promise;
});

import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../../src/limits.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { METHOD } from "./faulty_cell.ts";
import { serveFaulty } from "./faulty_host.ts";
import { type Statuses, storm, untilServed } from "./storm.ts";

const TIMEOUT_MS = 100;
/** Long enough for a machine that is busy with the storm itself. */
const AMPLE_MS = 500;
/** What a busy machine may add; the thread is given up only after that. */
const SLACK_MS = LIMITS.stuckMs - 200;

function assertStatuses(counts: Statuses, allowed: readonly number[]): void {
  const others = [...counts.keys()].filter((it) => !allowed.includes(it));
  assertEquals(others, [], JSON.stringify([...counts]));
}

function total(counts: Statuses): number {
  return counts.values().reduce((sum, count) => sum + count, 0);
}

Deno.test("10,000 requests are answered while cells trap on 1 in 100 and hang on 1 in 1,000", async () => {
  // So many that none dies more often than it may: 110 times in all.
  const cells = 25;
  const requests = 10_000;
  await using dir = new TempDir();
  await using served = await serveFaulty(dir, cells, AMPLE_MS);
  const urls = Array.from({ length: cells }, (_, n) => `${served.url}/${n}`);
  const result = await storm({
    requests,
    clients: 32,
    trapEvery: 100,
    hangEvery: 1000,
    urls,
  });
  assertEquals(result.failures, []);
  const { answered, trapped, hung } = result;
  assertEquals(total(answered) + total(trapped) + total(hung), requests);
  assertStatuses(answered, [200, 503]);
  assertStatuses(trapped, [500, 503]);
  assertStatuses(hung, [504, 503]);
  for (const url of urls) await untilServed(url, served);
  assertEquals(await served.stop(), 0);
  const log = await served.log();
  const count = (text: string): number => log.split(text).length - 1;
  assertEquals(count('msg="cell stays down"'), 0);
  assertEquals(count('msg="thread given up"'), 0);
  assertEquals(count('msg="cell restarted"'), count('msg="cell ended"'));
  // Most are served, and most of what fails fails by itself.
  assert((answered.get(200) ?? 0) > requests / 2);
  assert((trapped.get(500) ?? 0) > requests / 200);
  assert((hung.get(504) ?? 0) > requests / 2000);
});

Deno.test("a cell that dies too often comes back five times, then stays down and answers 503", async () => {
  await using dir = new TempDir();
  await using served = await serveFaulty(dir, 1, AMPLE_MS);
  const url = `${served.url}/0`;
  for (let restarts = 0; restarts < LIMITS.restarts; restarts++) {
    const hangs = restarts % 2 === 1;
    const last = await fetch(url, {
      method: hangs ? METHOD.hang : METHOD.trap,
    });
    assertEquals(
      [last.status, await last.text()],
      hangs ? [504, "cell timeout"] : [500, "cell did not respond"],
    );
    await untilServed(url, served);
  }
  const result = await storm({
    requests: 1000,
    clients: 16,
    trapEvery: 100,
    hangEvery: 1000,
    urls: [url],
  });
  assertEquals(result.failures, []);
  assertStatuses(result.answered, [200, 503]);
  assertStatuses(result.trapped, [500, 503]);
  assertStatuses(result.hung, [503]);
  assertEquals(result.trapped.get(500), 1);
  const last = await fetch(url);
  assertEquals([last.status, await last.text()], [503, "cell shut down"]);
  assertEquals(await served.stop(), 0);
  const log = await served.log();
  assertEquals(log.split('msg="cell restarted"').length - 1, LIMITS.restarts);
  assert(
    log.includes('msg="cell stays down" cell=faulty_0 reason="5 restarts'),
  );
});

Deno.test("a request that hangs in SQLite is answered in time, costs a thread, and the cell comes back", async () => {
  await using dir = new TempDir();
  await using served = await serveFaulty(dir, 1, TIMEOUT_MS, [
    "storage.sqlite",
  ]);
  const url = `${served.url}/0`;
  await untilServed(url, served);
  const start = performance.now();
  const hung = fetch(url, { method: METHOD.sql });
  const behind = fetch(url);
  const { status } = await hung;
  const tookMs = performance.now() - start;
  await (await hung).body?.cancel();
  assertEquals(status, 504);
  assert(tookMs < TIMEOUT_MS * 1.2 + SLACK_MS, `took ${tookMs} ms`);
  // It may have come first.
  assert([200, 503].includes((await behind).status));
  await (await behind).body?.cancel();
  await untilServed(url, served);
  assertEquals(await served.stop(), 0);
  const log = await served.log();
  assertEquals(log.split('msg="thread given up"').length - 1, 1);
  assertEquals(log.split('msg="cell restarted"').length - 1, 1);
});

/**
 * What a host keeps of its promises while one of its cells misbehaves.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { type Check, type Finding, held, notHeld } from "./check.ts";
import { endsInTime } from "./deadline_checks.ts";
import { DEADLINE_MS, type Ground } from "./ground.ts";
import type { ExaminedHost } from "./parts.ts";
import { Records } from "./records.ts";

/** How long a cell may take to come back. */
const BACK_WITHIN_MS = 5_000;

const PAGES = 16;

/** A statement that takes seconds, and nothing can interrupt. Its end spares a machine whose doctor is done. */
const LONG_SQL =
  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 40000000) " +
  "SELECT count(*) FROM n WHERE i < 0";

/** The checks. The last one leaves a thread behind that computes for seconds. */
export const HOST_CHECKS: readonly Check[] = [
  {
    id: "host.loop",
    promise: "A cell that loops is ended and comes back; its sibling answers",
    tried: "a loop in one worker, calls to another meanwhile",
    needs: (ground) => ground.scratchNeeds(),
    run: loopsInWorker,
  },
  {
    id: "host.memory",
    promise: "A restart does not lift the limit of the memory",
    tried: `a trap, then memory.grow, ${PAGES} pages allowed`,
    needs: (ground) => ground.scratchNeeds(),
    run: growsAfterRestart,
  },
  {
    id: "host.request_hangs",
    promise: "A request in a cell that loops is answered 504",
    tried: "GET /loop, then GET /ok",
    needs: listening,
    run: (ground) => answers(ground, "loop", 504),
  },
  {
    id: "host.request_traps",
    promise: "A request in a cell that traps is answered 500",
    tried: "GET /trap, then GET /ok",
    needs: listening,
    run: (ground) => answers(ground, "trap", 500),
  },
  {
    id: "host.statement",
    promise: "A statement without end costs its thread and no more",
    tried: "a long SELECT in one worker, calls to another meanwhile",
    needs: (ground) => ground.scratchNeeds(),
    run: queriesWithoutEnd,
  },
];

function listening(ground: Ground): readonly PermissionRequest[] {
  return [
    ...ground.scratchNeeds(),
    { kind: "net", target: "127.0.0.1", reason: "a listener to ask" },
  ];
}

async function loopsInWorker(ground: Ground): Promise<Finding> {
  const records = new Records();
  await using host = await ground.host({
    bad: { module: "misbehaves", timeoutMs: DEADLINE_MS },
    good: { module: "misbehaves" },
  }, records);
  const sibling = new Sibling(host);
  const finding = await endsInTime(async (begin) => {
    await back(host);
    begin();
    return await sibling.during(host.call("bad", "loop"));
  });
  if (!finding.held) return finding;
  await back(host);
  return sibling.finding(finding);
}

async function growsAfterRestart(ground: Ground): Promise<Finding> {
  await using host = await ground.host({
    bad: { module: "misbehaves", manifest: `max_memory_pages = ${PAGES}` },
  }, new Records());
  for (const attempt of ["at first", "after a restart"]) {
    await back(host);
    const answer = await host.call("bad", "grow");
    const [pages = 0, high = 0] = answer;
    const got = pages + 256 * high;
    if (got > PAGES) return notHeld(`it got ${got} pages ${attempt}`);
    try {
      await host.call("bad", "trap");
      return notHeld("a trap did not end the call");
    } catch (error) {
      if (!(error instanceof PulpError) || error.code !== "trap") throw error;
    }
  }
  return held(`it got ${PAGES} pages at first and after a restart`);
}

async function queriesWithoutEnd(ground: Ground): Promise<Finding> {
  const records = new Records();
  await using host = await ground.host({
    bad: {
      module: "queries",
      manifest: `capabilities = ["storage.sqlite"]`,
      timeoutMs: DEADLINE_MS,
    },
    good: { module: "misbehaves" },
  }, records);
  const sibling = new Sibling(host);
  const start = performance.now();
  const sql = new TextEncoder().encode(LONG_SQL);
  try {
    await sibling.during(host.call("bad", "exec", sql));
    return notHeld("the statement came to an end");
  } catch (error) {
    if (!(error instanceof PulpError) || error.code !== "deadline") {
      return notHeld(`the call ended otherwise: ${messageOf(error)}`);
    }
  }
  const ms = Math.round(performance.now() - start);
  const back = await sibling.during(
    records.first("cell restarted", BACK_WITHIN_MS),
  );
  if (back === undefined) return notHeld("the cell did not come back");
  const lost = records.all("thread given up").length;
  return sibling.finding(
    held(`the call ended after ${ms} ms, threads given up: ${lost}`),
  );
}

async function answers(
  ground: Ground,
  path: "loop" | "trap",
  expected: number,
): Promise<Finding> {
  const records = new Records();
  await using _host = await ground.host({
    serves: {
      module: "serves",
      manifest: `capabilities = ["transport.http.inbound"]`,
      timeoutMs: DEADLINE_MS,
    },
  }, records);
  const listener = await records.first("http server started", BACK_WITHIN_MS);
  if (listener === undefined) return notHeld("the cell does not listen");
  const origin = `http://${listener.fields.addr}`;
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const get = async (path: string): Promise<number> => {
    const response = await fetch(`${origin}/${path}`, { client });
    await response.body?.cancel();
    return response.status;
  };
  const before = await get("ok");
  if (before !== 200) return notHeld(`GET /ok answered ${before} at first`);
  const status = await get(path);
  if (status !== expected) return notHeld(`GET /${path} answered ${status}`);
  const end = performance.now() + BACK_WITHIN_MS;
  for (;;) {
    const after = await get("ok");
    if (after === 200) {
      return held(`GET /${path} answered ${status}, GET /ok 200 again`);
    }
    if (after !== 503 || performance.now() > end) {
      return notHeld(`GET /ok answered ${after} afterwards`);
    }
  }
}

/** Waits for the cell `bad` to take calls. Throws when it does not within {@linkcode BACK_WITHIN_MS}. */
async function back(host: ExaminedHost): Promise<void> {
  const end = performance.now() + BACK_WITHIN_MS;
  for (;;) {
    try {
      await host.call("bad", "echo");
      return;
    } catch (error) {
      const isDown = error instanceof PulpError && error.code === "closed";
      if (!isDown || performance.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A cell that is well, and called while another is not. */
class Sibling {
  readonly #host: ExaminedHost;
  #answers = 0;
  #failure: string | undefined;

  constructor(host: ExaminedHost) {
    this.#host = host;
  }

  /** Calls it again and again until something else has ended. */
  async during<T>(other: Promise<T>): Promise<T> {
    let isOver = false;
    const over = other.finally(() => isOver = true);
    const calls = (async () => {
      while (!isOver) await this.#call();
    })();
    try {
      return await over;
    } finally {
      await calls;
    }
  }

  /** What came of it, unless it went wrong what the other did. */
  finding(other: Finding): Finding {
    if (this.#failure !== undefined) {
      return notHeld(`its sibling failed: ${this.#failure}`);
    }
    // One call is under way when the other begins; further ones show more.
    return this.#answers < 2
      ? notHeld(`its sibling did not answer within ${DEADLINE_MS} ms`)
      : held(`${other.seen}; its sibling answered ${this.#answers} calls`);
  }

  async #call(): Promise<void> {
    try {
      await this.#host.call("good", "echo");
      this.#answers++;
    } catch (error) {
      this.#failure ??= messageOf(error);
    }
  }
}

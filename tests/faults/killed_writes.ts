/**
 * Hosts that are killed while clients write.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals } from "@std/assert";
import type { ServedProcess } from "../../scripts/served_process.ts";
import type { TempDir } from "../../src/testing/cell_folder.ts";
import { serveNotes } from "./faulty_host.ts";

const WRITERS = 8;

/**
 * Starts the host once for each entry of `rounds`, on the same data, and kills
 * it after so many acknowledged writes. Then everything that was acknowledged
 * has to be there.
 *
 * @returns how much that is
 * @throws {AssertionError} when something is lost, or the database is damaged
 */
export async function killWhileWriting(
  dir: TempDir,
  rounds: readonly number[],
): Promise<number> {
  const acknowledged = new Map<number, string>();
  for (const [round, enough] of rounds.entries()) {
    await using served = await serveNotes(dir);
    await writeUntilKilled(served, round, enough, acknowledged);
  }
  {
    await using served = await serveNotes(dir);
    for (const [id, title] of acknowledged) {
      const response = await fetch(`${served.url}/notes/${id}`);
      assertEquals(response.status, 200, `note ${id}`);
      assertEquals((await response.json()).title, title);
    }
    assertEquals(await served.stop(), 0);
  }
  // What was written and could not be acknowledged any more may be there too.
  const most = acknowledged.size + WRITERS * rounds.length;
  const count = countSound(dir.join("notes", "data.db"));
  assert(count >= acknowledged.size && count <= most, `${count} notes`);
  return acknowledged.size;
}

/** The number of notes in a database that is sound. */
function countSound(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const check = database.prepare("PRAGMA integrity_check").all();
    assertEquals(check.map((row) => row.integrity_check), ["ok"]);
    const row = database.prepare("SELECT count(*) AS count FROM notes").get();
    return Number(row?.count);
  } finally {
    database.close();
  }
}

/** Writes with several clients until enough is acknowledged, and kills the host while they go on. */
async function writeUntilKilled(
  served: ServedProcess,
  round: number,
  enough: number,
  acknowledged: Map<number, string>,
): Promise<void> {
  let written = 0;
  const killed = Promise.withResolvers<void>();
  const writer = async (name: number): Promise<void> => {
    for (let n = 0;; n++) {
      const title = `${round}-${name}-${n}`;
      let response: Response;
      let note: { readonly id: number };
      try {
        response = await fetch(`${served.url}/notes`, {
          method: "POST",
          body: JSON.stringify({ title, text: "x".repeat(500) }),
        });
        note = await response.json();
      } catch {
        // Killed; this one was not acknowledged.
        return;
      }
      assertEquals(response.status, 201);
      acknowledged.set(note.id, title);
      if (++written === enough) killed.resolve();
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, name) => writer(name));
  await Promise.race([killed.promise, Promise.all(writers)]);
  // A process that was killed by a signal has no exit code of its own.
  assert(await served.stop("SIGKILL") >= 128);
  await Promise.all(writers);
}

import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { ServedProcess } from "../../scripts/served_process.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const WRITERS = 8;
/** Acknowledged writes after which the host is killed, in each round. */
const ROUNDS = [1, 50, 200];

function host(dir: TempDir): Promise<ServedProcess> {
  return ServedProcess.start(
    [
      `--allow-read=${ROOT},${dir.path}`,
      `--allow-write=${dir.path}`,
      "--allow-net=127.0.0.1",
      "main.ts",
      "run",
      "--listen=127.0.0.1:0",
      "--storage-root",
      dir.path,
      "cells/notes",
    ],
    ROOT,
  );
}

Deno.test("what was acknowledged is there after the host was killed in the middle of writes", async () => {
  await using dir = new TempDir();
  const acknowledged = new Map<number, string>();
  for (const [round, enough] of ROUNDS.entries()) {
    await using served = await host(dir);
    await writeUntilKilled(served, round, enough, acknowledged);
  }
  const path = dir.join("notes", "data.db");
  await using served = await host(dir);
  for (const [id, title] of acknowledged) {
    const response = await fetch(`${served.url}/notes/${id}`);
    assertEquals(response.status, 200, `note ${id}`);
    assertEquals((await response.json()).title, title);
  }
  assertEquals(await served.stop(), 0);
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    assertEquals(
      database.prepare("PRAGMA integrity_check").all().map((row) => ({
        ...row,
      })),
      [{ integrity_check: "ok" }],
    );
    const { count } = database.prepare("SELECT count(*) AS count FROM notes")
      .get() as { count: number };
    // What was written and not acknowledged any more may be there too.
    const most = acknowledged.size + WRITERS * ROUNDS.length;
    assert(count >= acknowledged.size && count <= most, `${count} notes`);
  } finally {
    database.close();
  }
});

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

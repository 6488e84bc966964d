import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TempDir } from "../src/testing/cell_folder.ts";
import { HostProcess } from "./support/host_process.ts";

interface Note {
  readonly id: number;
  readonly title: string;
  readonly text: string;
  readonly created_at: string;
  readonly updated_at: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** `run cells/notes` on a free port, its data below `storage`. */
async function notes(
  storage: string,
): Promise<HostProcess & { ask: Ask }> {
  const host = HostProcess.run(
    ["cells/notes", "--listen=127.0.0.1:0", `--storage-root=${storage}`],
    [
      `read=cells/notes,${storage}`,
      `write=${storage}`,
      "net=127.0.0.1:0",
    ],
  );
  await host.ready("notes");
  const url = await host.url();
  const ask: Ask = async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      ...(body === undefined ? {} : {
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "Content-Type": "application/json" },
      }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json");
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : text,
      headers: response.headers,
    };
  };
  return Object.assign(host, { ask });
}

Deno.test("notes creates, lists, reads, updates and deletes over HTTP, and keeps notes", async (t) => {
  await using dir = new TempDir();
  const text = 'Grüße 🌍\n"quoted" \u0000 \\ end';
  let kept: unknown;
  {
    await using host = await notes(dir.path);
    const { ask } = host;
    await t.step("an empty list", async () => {
      const { status, body } = await ask("GET", "/notes");
      assertEquals([status, body], [200, []]);
    });
    await t.step("create", async () => {
      const { status, body, headers } = await ask("POST", "/notes", {
        title: "first",
        text,
      });
      assertEquals(status, 201);
      assertEquals(headers.get("location"), "/notes/1");
      const note = body as Note;
      assertEquals([note.id, note.title, note.text], [1, "first", text]);
      assertMatch(note.created_at, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assertEquals(note.updated_at, note.created_at);
    });
    await t.step("read", async () => {
      await ask("POST", "/notes", { text: "second" });
      const { status, body } = await ask("GET", "/notes/1");
      assertEquals([status, (body as Note).text], [200, text]);
    });
    await t.step("update", async () => {
      const { status, body } = await ask("PUT", "/notes/2", {
        text: "changed",
      });
      assertEquals([status, (body as Note).text], [200, "changed"]);
    });
    await t.step("list, in pages", async () => {
      const all = await ask("GET", "/notes");
      assertEquals((all.body as Note[]).map((it) => it.id), [1, 2]);
      const page = await ask("GET", "/notes?limit=1&offset=1");
      assertEquals((page.body as Note[]).map((it) => it.text), ["changed"]);
    });
    await t.step("delete", async () => {
      await ask("POST", "/notes", { text: "third" });
      assertEquals((await ask("DELETE", "/notes/3")).status, 204);
      assertEquals((await ask("GET", "/notes/3")).status, 404);
      assertEquals((await ask("DELETE", "/notes/3")).status, 404);
    });
    await t.step("what it refuses", async () => {
      assertEquals((await ask("POST", "/notes", "{")).status, 400);
      assertEquals((await ask("POST", "/notes", { text: 1 })).status, 400);
      assertEquals((await ask("PUT", "/notes/9", { text: "" })).status, 404);
      assertEquals((await ask("GET", "/notes/x")).status, 404);
      assertEquals((await ask("GET", "/notes?limit=0")).status, 400);
      const lost = await ask("GET", "/nowhere");
      assertEquals([lost.status, lost.body], [404, "404 page not found"]);
    });
    await t.step("SQL in a note is text", async () => {
      const sql = "'); DROP TABLE notes; --";
      const { body } = await ask("POST", "/notes", { text: sql });
      assertEquals((body as Note).text, sql);
    });
    await t.step("50 clients at once", async () => {
      const made = await Promise.all(
        Array.from(
          { length: 50 },
          (_, n) => ask("POST", "/notes", { text: `note ${n}` }),
        ),
      );
      const ids = new Set(made.map((it) => (it.body as Note).id));
      assertEquals([ids.size, made.every((it) => it.status === 201)], [
        50,
        true,
      ]);
    });
    kept = (await ask("GET", "/notes?limit=1000")).body;
    assertEquals(await host.stop(), 0);
  }
  await t.step("a restart finds them again", async () => {
    await using host = await notes(dir.path);
    assertEquals((await host.ask("GET", "/notes?limit=1000")).body, kept);
    // An id is not used twice, though its note is gone.
    const { body } = await host.ask("POST", "/notes", { text: "new" });
    assert((body as Note).id > 53);
    assertEquals(await host.stop(), 0);
  });
  await t.step("and so does one after a crash", async () => {
    await using crashed = await notes(dir.path);
    const { body } = await crashed.ask("POST", "/notes", { text: "last" });
    await crashed.stop("SIGKILL");
    await using host = await notes(dir.path);
    const { id } = body as Note;
    const found = await host.ask("GET", `/notes/${id}`);
    assertEquals((found.body as Note).text, "last");
    assertEquals(await host.stop(), 0);
  });
  await t.step("in a database that others can read", () => {
    using database = new DatabaseSync(dir.join("notes", "data.db"), {
      readOnly: true,
    });
    const row = database.prepare(
      "SELECT hex(text) AS hex FROM notes WHERE id = 1",
    ).get();
    const bytes = new TextEncoder().encode(text);
    assertEquals(row?.hex, bytes.toHex().toUpperCase());
    const mode = database.prepare("PRAGMA journal_mode").get();
    assertEquals(mode?.journal_mode, "wal");
  });
});

Deno.test("notes answers 503 while its database is locked, and goes on afterwards", async () => {
  await using dir = new TempDir();
  await using host = await notes(dir.path);
  {
    using database = new DatabaseSync(dir.join("notes", "data.db"));
    database.exec("BEGIN IMMEDIATE");
    const { status, body, headers } = await host.ask("POST", "/notes", {
      text: "late",
    });
    assertEquals([status, headers.get("retry-after")], [503, "1"]);
    assertStringIncludes(JSON.stringify(body), "the database is busy");
    database.exec("ROLLBACK");
  }
  const { status } = await host.ask("POST", "/notes", { text: "now" });
  assertEquals(status, 201);
});

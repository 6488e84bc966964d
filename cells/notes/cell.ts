/** Notes over HTTP, as JSON, kept in SQLite. */

export * from "../sdk/assemblyscript/exports";

import { onInit } from "../sdk/assemblyscript/cell";
import { Request, Response, route } from "../sdk/assemblyscript/http";
import { readJson } from "../sdk/assemblyscript/json_reader";
import { BUSY, exec, query, SqlResult } from "../sdk/assemblyscript/sqlite";
import { Value } from "../sdk/assemblyscript/value";

const COLUMNS = "id, title, text, created_at, updated_at";
const BODY_BYTES: i32 = 1 << 20;
const PAGE: i64 = 100;
const PAGE_MOST: i64 = 1000;

onInit((_config: Value): string | null => {
  const made = exec(
    "CREATE TABLE IF NOT EXISTS notes (" +
      "id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, " +
      "text TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)",
  );
  if (!made.ok) return `Cannot make the table "notes": ${reason(made)}`;
  const code = route("POST", "/notes", createNote) |
    route("GET", "/notes", listNotes) |
    route("GET", "/notes/:id", readNote) |
    route("PUT", "/notes/:id", updateNote) |
    route("DELETE", "/notes/:id", deleteNote);
  return code == 0 ? null : "Cannot register the routes below /notes";
});

function createNote(request: Request): Response {
  const draft = new Draft(request.body);
  const problem = draft.problem;
  if (problem !== null) return failure(draft.status, problem);
  const now = Value.str(timeOf(request));
  const made = exec(
    "INSERT INTO notes (title, text, created_at, updated_at) VALUES (?, ?, ?, ?)",
    [draft.title, draft.text, now, now],
  );
  if (!made.ok) return sqlFailure(made);
  const response = oneNote(201, made.lastInsertId);
  response.headers.set("Location", `/notes/${made.lastInsertId}`);
  return response;
}

function listNotes(request: Request): Response {
  const limit = naturalOf(request.query.get("limit"), PAGE);
  const offset = naturalOf(request.query.get("offset"), 0);
  if (limit < 1 || limit > PAGE_MOST) {
    return failure(400, `"limit" must be a number from 1 to ${PAGE_MOST}`);
  }
  if (offset < 0) return failure(400, '"offset" must be a number from 0 up');
  const found = query(
    `SELECT ${COLUMNS} FROM notes ORDER BY id LIMIT ? OFFSET ?`,
    [Value.int(limit), Value.int(offset)],
  );
  if (!found.ok) return sqlFailure(found);
  const list = Value.list();
  for (let i = 0; i < found.rows.length; i++) {
    list.push(noteOf(found.columns, found.rows[i]));
  }
  return Response.json(200, list);
}

function readNote(request: Request): Response {
  return oneNote(200, idOf(request));
}

function updateNote(request: Request): Response {
  const id = idOf(request);
  const draft = new Draft(request.body);
  const problem = draft.problem;
  if (problem !== null) return failure(draft.status, problem);
  const changed = exec(
    "UPDATE notes SET title = ?, text = ?, updated_at = ? WHERE id = ?",
    [draft.title, draft.text, Value.str(timeOf(request)), Value.int(id)],
  );
  if (!changed.ok) return sqlFailure(changed);
  return changed.rowsAffected == 0 ? noNote() : oneNote(200, id);
}

function deleteNote(request: Request): Response {
  const gone = exec("DELETE FROM notes WHERE id = ?", [
    Value.int(idOf(request)),
  ]);
  if (!gone.ok) return sqlFailure(gone);
  return gone.rowsAffected == 0 ? noNote() : new Response(204);
}

/** What a client wants a note to say. */
class Draft {
  title: Value = Value.str("");
  text: Value = Value.nil();
  status: u32 = 400;
  problem: string | null = null;

  constructor(body: Uint8Array) {
    if (body.length > BODY_BYTES) {
      this.status = 413;
      this.problem = "a note takes at most 1 MiB";
    } else {
      const value = readJson(body);
      this.problem = value === null ? "the body is not JSON" : this.read(value);
    }
  }

  private read(value: Value): string | null {
    this.text = value.get("text");
    if (!this.text.isStr) {
      return 'the body must be an object with a string "text"';
    }
    const title = value.get("title");
    if (title.isStr) this.title = title;
    else if (!title.isNil) return '"title" must be a string';
    return null;
  }
}

function oneNote(status: u32, id: i64): Response {
  const found = query(`SELECT ${COLUMNS} FROM notes WHERE id = ?`, [
    Value.int(id),
  ]);
  if (!found.ok) return sqlFailure(found);
  if (found.rows.length == 0) return noNote();
  return Response.json(status, noteOf(found.columns, found.rows[0]));
}

function noteOf(columns: string[], row: Value[]): Value {
  const note = Value.map();
  for (let i = 0; i < columns.length; i++) note.set(columns[i], row[i]);
  return note;
}

/** The id in the path. No note has the id -1. */
function idOf(request: Request): i64 {
  return naturalOf(request.param("id"), -1);
}

/** Decimal digits as a number; `absent` for no text, -1 for any other text. */
function naturalOf(text: string | null, absent: i64): i64 {
  if (text === null) return absent;
  if (text.length == 0 || text.length > 18) return -1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x30 || unit > 0x39) return -1;
  }
  return I64.parseInt(text);
}

function timeOf(request: Request): string {
  return new Date(<i64> (request.wallTimeNs / 1_000_000)).toISOString();
}

function noNote(): Response {
  return failure(404, "no such note");
}

function sqlFailure(result: SqlResult): Response {
  if (result.code != BUSY) return failure(500, reason(result));
  const response = failure(503, "the database is busy");
  response.headers.set("Retry-After", "1");
  return response;
}

function reason(result: SqlResult): string {
  return result.error.length != 0 ? result.error : `code ${result.code}`;
}

function failure(status: u32, error: string): Response {
  return Response.json(status, Value.map().set("error", Value.str(error)));
}

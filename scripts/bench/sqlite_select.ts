/**
 * A SELECT of one row from within a cell against `node:sqlite` called directly.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { builtinRegistry } from "../../src/capabilities/builtin.ts";
import { MsgpackWriter } from "../../src/abi/writer.ts";
import { defaultEnv, load } from "../../src/cell/load.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { cellWat, wat } from "../../src/testing/wat.ts";
import { type Figure, inTurn } from "./rounds.ts";

const QUERIES = 20_000;
const SQL = "SELECT id, name, score FROM t WHERE id = ?";
const SETUP =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, score REAL); INSERT INTO t VALUES (7, 'Ada', 1.5)";

function dataText(text: string | Uint8Array): string {
  const bytes = typeof text === "string"
    ? new TextEncoder().encode(text)
    : text;
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`)
    .join("");
}

/** Measures queries a second; the loop runs in the guest, the response lands in its memory. */
export async function benchSqlite(rounds: number): Promise<Figure[]> {
  const params = new MsgpackWriter().array(1).i64(7).finish();
  const bytes = await wat(cellWat({
    imports:
      `(import "pulp" "sqlite_exec" (func $exec (param i32 i32 i32 i32) (result i32)))
      (import "pulp" "sqlite_query" (func $query (param i32 i32 i32 i32 i32 i32) (result i32)))`,
    without: ["pulp_alloc", "pulp_init", "pulp_step"],
    functions: `
      (data (i32.const 64) "${dataText(SETUP)}") (data (i32.const 512) "${
      dataText(SQL)
    }") (data (i32.const 800) "${dataText(params)}")
      (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
      (func (export "pulp_init") (param i32 i32) (result i32) (call $exec (i32.const 64) (i32.const ${SETUP.length}) (i32.const 0) (i32.const 0)))
      (func (export "pulp_step") (param i32 i32) (result i32)
        (local $left i32) (local $code i32)
        (local.set $left (i32.const ${QUERIES}))
        (loop $again
          (local.set $code (i32.or (local.get $code) (call $query (i32.const 512) (i32.const ${SQL.length})
            (i32.const 800) (i32.const ${params.length}) (i32.const 1000) (i32.const 1004))))
          (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.get $code))`,
  }));
  await using dir = new TempDir();
  const spec = await dir.cell(
    "select",
    bytes,
    `capabilities = ["storage.sqlite"]`,
  );
  await using cell = await load(spec, {
    registry: builtinRegistry(),
    env: defaultEnv({ storageRoot: dir.join("data") }),
  });
  await cell.init();

  using database = new DatabaseSync(dir.join("bare.db"));
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(SETUP);
  const statement = database.prepare(SQL);
  statement.setReadBigInts(true);
  const limit = (): number => {
    const start = performance.now();
    for (let i = 0; i < QUERIES; i++) statement.all(7);
    return QUERIES / (performance.now() - start) * 1000;
  };
  const ours = async (): Promise<number> => {
    const start = performance.now();
    const code = await cell.step();
    if (code !== 0) throw new Error(`sqlite_query returned ${code}`);
    return QUERIES / (performance.now() - start) * 1000;
  };
  limit();
  await ours();
  const result = await inTurn(rounds, ours, limit);
  return [{
    name: "SELECT of one row",
    ours: `${result.ours.toFixed(0)} /s`,
    limit: `${result.limit.toFixed(0)} /s node:sqlite`,
    ratio: result.ratio,
    bound: 0.4,
    sense: "at least",
  }];
}

// deno-lint-ignore-file no-console -- a script prints
/**
 * Measures the host against what it stands on, and prints a table.
 *
 *     deno task bench [name…]
 *
 * Figures are ratios within this run; a shared machine moves both sides. The
 * exit code is 1 when a bound does not hold.
 *
 * @module
 */

import { benchColdCall } from "./bench/cold_call.ts";
import { benchGuard } from "./bench/guard.ts";
import { benchHttpEcho } from "./bench/http_echo.ts";
import { type Figure, holds } from "./bench/rounds.ts";
import { benchSqlite } from "./bench/sqlite_select.ts";
import { benchSiblings } from "./bench/siblings.ts";
import { benchSseIdle } from "./bench/sse_idle.ts";
import { benchStep } from "./bench/step.ts";
import { benchStepDeadline } from "./bench/step_deadline.ts";
import { benchStreamProxy } from "./bench/stream_proxy.ts";
import { benchWorkerStart } from "./bench/worker_start.ts";
import { benchWsEcho } from "./bench/ws_echo.ts";

const BENCHES: Readonly<Record<string, (rounds: number) => Promise<Figure[]>>> =
  {
    step: benchStep,
    http: benchHttpEcho,
    sqlite: benchSqlite,
    cold: benchColdCall,
    guard: benchGuard,
    deadline: benchStepDeadline,
    siblings: benchSiblings,
    worker: benchWorkerStart,
    stream: benchStreamProxy,
    ws: benchWsEcho,
    sse: benchSseIdle,
  };
const ROUNDS = 7;

const names = Deno.args.length > 0 ? Deno.args : Object.keys(BENCHES);
const figures: Figure[] = [];
for (const name of names) {
  const bench = BENCHES[name];
  if (bench === undefined) {
    console.error(
      `Cannot measure "${name}": known are ${Object.keys(BENCHES).join(", ")}`,
    );
    Deno.exit(2);
  }
  console.error(`measuring ${name} …`);
  figures.push(...await bench(ROUNDS));
}
const rows = figures.map((figure) => [
  figure.name,
  figure.ours,
  figure.limit,
  figure.ratio.toFixed(2),
  `${figure.sense} ${figure.bound}`,
  holds(figure) ? "ok" : "MISSED",
]);
const table = [["what", "here", "against", "ratio", "bound", ""], ...rows];
const widths = table[0]!.map((_, column) =>
  Math.max(...table.map((row) => row[column]!.length))
);
for (const row of table) {
  console.log(
    row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd(),
  );
}
if (!figures.every(holds)) Deno.exit(1);

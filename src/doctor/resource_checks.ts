/**
 * What a cell may take of the host: memory, tables, log. And what it gets
 * without having declared it: nothing.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { LIMITS } from "../limits.ts";
import { type Check, type Finding, held, notHeld } from "./check.ts";
import type { Ground, HostileName } from "./ground.ts";
import { Records } from "./records.ts";

const PAGES = 16;
const FLOOD = 5000;

/** The checks, none of which needs a permission. */
export const RESOURCE_CHECKS: readonly Check[] = [
  {
    id: "memory.own",
    promise: "Memory stops growing at max_memory_pages",
    tried: `memory.grow up to 256 pages, ${PAGES} allowed`,
    needs: () => [],
    run: (ground) => growsTo(ground, "grows_memory", PAGES, "pages"),
  },
  {
    id: "memory.imported",
    promise: "An imported memory stops there, too",
    tried: `the same, in a memory that the host makes`,
    needs: () => [],
    run: (ground) => growsTo(ground, "grows_imported_memory", PAGES, "pages"),
  },
  {
    id: "memory.table",
    promise: `Tables stop growing at ${LIMITS.tableElements} elements`,
    tried: "table.grow up to 4000000 elements",
    needs: () => [],
    run: (ground) =>
      growsTo(ground, "grows_table", LIMITS.tableElements, "elements"),
  },
  {
    id: "log.flood",
    promise: `A cell writes ${LIMITS.logRecords} records a second at most`,
    tried: `${FLOOD} records in one step`,
    needs: () => [],
    run: floodsLog,
  },
  {
    id: "keys.undeclared",
    promise: "What a manifest does not declare is not there",
    tried: "sqlite_exec, http_fetch, fs_read, process_run",
    needs: () => [],
    run: callsUndeclared,
  },
];

async function growsTo(
  ground: Ground,
  name: HostileName,
  most: number,
  unit: string,
): Promise<Finding> {
  await using cell = await ground.cell(name, {
    manifest: `max_memory_pages = ${PAGES}`,
  });
  const size = await cell.step();
  return size <= most
    ? held(`it got ${size} ${unit}`)
    : notHeld(`it got ${size} ${unit}, ${most} is the most`);
}

async function floodsLog(ground: Ground): Promise<Finding> {
  const records = new Records();
  const start = performance.now();
  {
    await using cell = await ground.cell("floods_log", { logger: records });
    await cell.step();
  }
  const seconds = Math.floor((performance.now() - start) / 1000) + 1;
  const passed = records.all("flood").length;
  const dropped = records.all("log records dropped").reduce(
    (sum, { fields }) => sum + Number(fields.dropped),
    0,
  );
  if (passed > LIMITS.logRecords * seconds) {
    return notHeld(`${passed} records came through`);
  }
  return passed + dropped === FLOOD
    ? held(`${passed} came through, ${dropped} were counted`)
    : notHeld(
      `${passed} came through and ${dropped} were counted: some got lost`,
    );
}

async function callsUndeclared(ground: Ground): Promise<Finding> {
  await using cell = await ground.cell("calls_undeclared");
  const code = await cell.step();
  return code === CODE.notBound
    ? held(`each answered ${code}`)
    : notHeld(`one of them answered ${code}, not ${CODE.notBound}`);
}

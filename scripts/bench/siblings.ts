/**
 * Calls from cell to cell across workers, against a bare message there and back.
 *
 * @module
 */

import { defaultEnv } from "../../src/cell/load.ts";
import { Host } from "../../src/host/host.ts";
import type { CellSpec } from "../../src/manifest/spec.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { cellWat, wat } from "../../src/testing/wat.ts";
import { type Figure, inTurn } from "./rounds.ts";

const CALLS = 10_000;
const CALLERS = 16;
/** Bare messages there and back that one call may take. */
const MOST_TRIPS = 3;

/** Answers a call with its arguments. */
const ECHO = cellWat({
  without: ["pulp_alloc"],
  functions: `(global $top (mut i32) (i32.const 1024))
    (func (export "pulp_alloc") (param $n i32) (result i32)
      (global.set $top (i32.and (i32.add (global.get $top) (i32.const 64)) (i32.const 0x3fff)))
      (i32.add (global.get $top) (i32.const 1024)))
    (func (export "pulp_on_call") (param i32 i32 i32 i32) (param $p i32) (param $l i32) (result i32)
      (i32.store (local.get $p) (local.get 2)) (i32.store (local.get $l) (local.get 3)) (i32.const 0))`,
});

/** Calls `echo` of the cell `echo` again and again; fails when one of the calls does. */
const CALLER = cellWat({
  imports:
    `(import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))`,
  without: ["pulp_alloc"],
  functions: `(data (i32.const 16) "echo")
    (global $top (mut i32) (i32.const 0))
    (func (export "pulp_alloc") (param $n i32) (result i32)
      (global.set $top (i32.and (i32.add (global.get $top) (i32.const 64)) (i32.const 0x3fff)))
      (i32.add (global.get $top) (i32.const 2048)))
    (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
      (local $left i32)
      (local.set $left (i32.const ${CALLS}))
      (loop $again
        (if (call $call (i32.const 16) (i32.const 4) (i32.const 16) (i32.const 4) (i32.const 16) (i32.const 4) (i32.const 32) (i32.const 36))
          (then (return (i32.const 1))))
        (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (i32.const 0))`,
});

/** Measures microseconds a round trip, and calls a second from many callers. */
export async function benchSiblings(rounds: number): Promise<Figure[]> {
  await using dir = new TempDir();
  const specs: CellSpec[] = [await dir.cell("echo", await wat(ECHO))];
  const looper = await wat(CALLER);
  const names = Array.from({ length: CALLERS }, (_, i) => `caller${i}`);
  for (const name of names) {
    specs.push(
      await dir.cell(
        name,
        looper,
        `depends_on = ["echo"]\nmax_memory_pages = 16`,
      ),
    );
  }
  await using host = await Host.start(specs, {
    env: defaultEnv({ storageRoot: dir.join("data") }),
  });

  const worker = new Worker(new URL("./bare_worker.ts", import.meta.url), {
    type: "module",
  });
  const message = new TextEncoder().encode("echo");
  const bare = async (): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) {
      await new Promise((resolve) => {
        worker.onmessage = resolve;
        worker.postMessage(message);
      });
    }
    return (performance.now() - start) / CALLS * 1e3;
  };
  const alone = async (): Promise<number> => {
    const start = performance.now();
    await host.call("caller0", "go");
    return (performance.now() - start) / CALLS * 1e3;
  };
  const together = async (): Promise<number> => {
    const start = performance.now();
    await Promise.all(names.map((name) => host.call(name, "go")));
    return CALLS * CALLERS / (performance.now() - start) * 1e3;
  };
  await bare();
  await alone();
  const trip = await inTurn(rounds, alone, bare);
  const many = await inTurn(
    rounds,
    together,
    async () => 1e6 / await alone(),
  );
  // What one caller is allowed to take, as a rate: this says what many get
  // done, however fast one of them is by itself.
  const allowed = await inTurn(
    rounds,
    together,
    async () => 1e6 / (MOST_TRIPS * await bare()),
  );
  worker.terminate();
  return [{
    name: "sibling call, alone",
    ours: `${trip.ours.toFixed(0)} us`,
    limit: `${trip.limit.toFixed(0)} us bare message there and back`,
    ratio: trip.ratio,
    bound: MOST_TRIPS,
    sense: "at most",
  }, {
    name: `sibling calls, ${CALLERS} callers`,
    ours: `${many.ours.toFixed(0)} /s`,
    limit: `${many.limit.toFixed(0)} /s from one`,
    ratio: many.ratio,
    bound: 10,
    sense: "at least",
  }, {
    name: "the same, against what one may take",
    ours: `${allowed.ours.toFixed(0)} /s`,
    limit: `${
      allowed.limit.toFixed(0)
    } /s at ${MOST_TRIPS} bare messages a call`,
    ratio: allowed.ratio,
    bound: 10,
    sense: "at least",
  }];
}

/**
 * A hostile module on its way to a cell: its file holds what it tries, and
 * what every cell exports is added here.
 *
 * @module
 */

import { wat } from "../../src/testing/wat.ts";

const MODULES = new URL("./modules/", import.meta.url);

/** The text of a module of the corpus. */
export function moduleText(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`${name}.wat`, MODULES));
}

/** The names of all modules of the corpus. */
export function moduleNames(): string[] {
  return [...Deno.readDirSync(MODULES)].map(({ name }) =>
    name.replace(/\.wat$/, "")
  ).sort();
}

/**
 * Assembles a module of the corpus. Where it defines `$attack`, a function
 * that takes nothing and returns an `i32`, the first step and every call run
 * that: the step logs what it returned, the call answers with it.
 */
export async function assemble(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const end = text.lastIndexOf(")");
  const start = text.indexOf("(module") + "(module".length;
  const attacks = text.includes("(func $attack ");
  const added = Object.entries(ORDINARY)
    .filter(([name]) => !text.includes(`(export "${name}"`))
    .map(([, part]) => part);
  for (const [name, part] of Object.entries(attacks ? ATTACK : PEACE)) {
    if (!text.includes(`(export "${name}"`)) added.push(part);
  }
  return await wat(
    text.slice(0, start) + (attacks ? REPORT_IMPORT : "") +
      text.slice(start, end) + added.join("\n") + (attacks ? REPORT : "") +
      text.slice(end),
  );
}

/** A cell that calls `go` of another in its first step. */
export function prodder(target: string): string {
  return `(module
    (import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "${target}")
    (data (i32.const 128) "go")
    (func $attack (result i32)
      (call $call (i32.const 16) (i32.const ${target.length}) (i32.const 128) (i32.const 2)
        (i32.const 0) (i32.const 0) (i32.const 136) (i32.const 140))))`;
}

/** The allocator hands out a ring of 48 KiB; what is large gets pages of its own. */
const ORDINARY: Readonly<Record<string, string>> = {
  memory: `(memory (export "memory") 1)`,
  pulp_alloc: `
    (global $ring (mut i32) (i32.const 4096))
    (func (export "pulp_alloc") (param $n i32) (result i32)
      (local $at i32)
      (if (i32.gt_u (local.get $n) (i32.const 8192))
        (then
          (local.set $at (memory.grow (i32.shr_u (i32.add (local.get $n) (i32.const 65535)) (i32.const 16))))
          (return (select (i32.const 0) (i32.shl (local.get $at) (i32.const 16)) (i32.lt_s (local.get $at) (i32.const 0))))))
      (if (i32.gt_u (global.get $ring) (i32.const 49152))
        (then (global.set $ring (i32.const 4096))))
      (local.set $at (global.get $ring))
      (global.set $ring (i32.and (i32.add (i32.add (global.get $ring) (local.get $n)) (i32.const 15)) (i32.const -8)))
      (local.get $at))`,
  pulp_init:
    `(func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))`,
  pulp_shutdown: `(func (export "pulp_shutdown") (result i32) (i32.const 0))`,
};

const PEACE: Readonly<Record<string, string>> = {
  pulp_step:
    `(func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))`,
  pulp_on_call: `
    (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
      (i32.store (local.get 4) (i32.const 0))
      (i32.store (local.get 5) (i32.const 0))
      (i32.const 0))`,
};

const ATTACK: Readonly<Record<string, string>> = {
  pulp_step: `
    (global $attacked (mut i32) (i32.const 0))
    (func (export "pulp_step") (param i32 i32) (result i32)
      (local $result i32)
      (if (global.get $attacked) (then (return (i32.const 0))))
      (global.set $attacked (i32.const 1))
      (local.set $result (call $attack))
      (call $report (local.get $result))
      (local.get $result))`,
  // An int32 of MessagePack.
  pulp_on_call: `
    (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
      (local $result i32) (local $i i32)
      (local.set $result (call $attack))
      (i32.store8 (i32.const 65472) (i32.const 0xd2))
      (loop $next
        (i32.store8 offset=65473 (local.get $i) (i32.shr_u (local.get $result) (i32.sub (i32.const 24) (i32.shl (local.get $i) (i32.const 3)))))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4))))
      (i32.store (local.get 4) (i32.const 65472))
      (i32.store (local.get 5) (i32.const 5))
      (i32.const 0))`,
};

const REPORT_IMPORT =
  `(import "pulp" "log_write" (func $log_report (param i32 i32 i32) (result i32)))`;

/** Logs `attack returned ` and eight hexadecimal digits. */
const REPORT = `
  (data (i32.const 65408) "attack returned ")
  (func $report (param $result i32)
    (local $i i32) (local $digit i32)
    (loop $next
      (local.set $digit (i32.and (i32.shr_u (local.get $result) (i32.sub (i32.const 28) (i32.shl (local.get $i) (i32.const 2)))) (i32.const 15)))
      (i32.store8 offset=65424 (local.get $i)
        (i32.add (local.get $digit) (select (i32.const 87) (i32.const 48) (i32.gt_u (local.get $digit) (i32.const 9)))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8))))
    (drop (call $log_report (i32.const 1) (i32.const 65408) (i32.const 24))))`;

/**
 * WebAssembly text to a module, for tests.
 *
 * @module
 */

import wabt from "wabt";

const features = {
  bulk_memory: true,
  exceptions: true,
  multi_memory: true,
  multi_value: true,
  mutable_globals: true,
  reference_types: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  tail_call: true,
  threads: true,
};

let library: ReturnType<typeof wabt> | undefined;

/** Assembles a module; throws what wabt says about text that is none. */
export async function wat(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const { parseWat } = await (library ??= wabt());
  const module = parseWat("test.wat", text, features);
  try {
    return new Uint8Array(module.toBinary({ write_debug_names: true }).buffer);
  } finally {
    module.destroy();
  }
}

/** The exports that every cell has, over a bump allocator; `more` adds to it or replaces. */
export function cellWat(
  more: { imports?: string; functions?: string; without?: readonly string[] } =
    {},
): string {
  const parts: Record<string, string> = {
    memory: `(memory (export "memory") 1)`,
    pulp_alloc: `(global $top (mut i32) (i32.const 1024))
      (func $alloc (export "pulp_alloc") (param $n i32) (result i32)
        (local $at i32)
        (local.set $at (global.get $top))
        (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get $n)) (i32.const 7)) (i32.const -8)))
        (local.get $at))`,
    pulp_free: `(func (export "pulp_free") (param i32 i32))`,
    pulp_init:
      `(func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))`,
    pulp_step:
      `(func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))`,
    pulp_shutdown: `(func (export "pulp_shutdown") (result i32) (i32.const 0))`,
  };
  const without = more.without ?? [];
  const kept = Object.entries(parts).filter(([name]) => !without.includes(name))
    .map(([, text]) => text);
  return `(module ${more.imports ?? ""} ${kept.join("\n")} ${
    more.functions ?? ""
  })`;
}

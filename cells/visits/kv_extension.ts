/**
 * A capability of one's own: `example.kv`, keys and values in one file for
 * each cell. Loaded with `--ext cells/visits/kv_extension.ts`.
 *
 * - `kv_get(key_p, key_l, po, lo)`: the value as raw bytes; 6 = not there
 * - `kv_set(key_p, key_l, value_p, value_l)`
 *
 * It runs in the worker of each cell that declares it, under the permissions
 * that it asks for here and no others.
 */

import {
  type Capability,
  cellFolder,
  CODE,
  registerExtension,
} from "@pulp/deno/extension";

const NOT_THERE = 6;
const MOST_KEYS = 10_000;

function kv(): Capability {
  return {
    name: "example.kv",
    stubs: { kv_get: { params: [4] }, kv_set: { params: [4] } },
    permissions: (spec, env) => {
      const target = cellFolder(env.storageRoot, spec.name);
      return [
        { kind: "read", target, reason: "its keys" },
        { kind: "write", target, reason: "its keys" },
      ];
    },
    imports: ({ spec, env, memory }) => {
      const folder = cellFolder(env.storageRoot, spec.name);
      const file = `${folder}/kv.json`;
      const values = read(file);
      return {
        kv_get: (keyPtr = 0, keyLen = 0, ptrOut = 0, lenOut = 0) => {
          if (keyLen === 0) return CODE.empty;
          const key = memory.readText(keyPtr, keyLen);
          if (key === undefined) return CODE.range;
          const value = values.get(key);
          if (value === undefined) return NOT_THERE;
          return memory.respond(Uint8Array.fromBase64(value), ptrOut, lenOut);
        },
        kv_set: (keyPtr = 0, keyLen = 0, valuePtr = 0, valueLen = 0) => {
          if (keyLen === 0) return CODE.empty;
          const key = memory.readText(keyPtr, keyLen);
          const value = memory.read(valuePtr, valueLen);
          if (key === undefined || value === undefined) return CODE.range;
          if (!values.has(key) && values.size >= MOST_KEYS) return CODE.failed;
          values.set(key, value.toBase64());
          // Whole or not at all: a reader never sees half of a file.
          Deno.mkdirSync(folder, { recursive: true });
          Deno.writeTextFileSync(`${file}.new`, JSON.stringify([...values]));
          Deno.renameSync(`${file}.new`, file);
          return CODE.ok;
        },
      };
    },
  };
}

function read(file: string): Map<string, string> {
  try {
    return new Map(JSON.parse(Deno.readTextFileSync(file)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
}

registerExtension(kv());

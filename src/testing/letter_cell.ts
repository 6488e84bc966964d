/**
 * A cell that answers requests with a letter that was built in, and one that
 * its manifest gives, for tests.
 *
 * @module
 */

import { cellWat, wat } from "./wat.ts";

/** How a letter cell is built. */
export interface LetterCell {
  /** Default: `/`. */
  readonly path?: string;
  /** The first of the two letters of an answer. */
  readonly letter: string;
  /** An address to listen on, by `http_listen`. */
  readonly listen?: string;
  /** What `pulp_init` does in the end. */
  readonly init?: "refuse" | "loop";
  /** Turns of a loop that each request takes. Default: none. */
  readonly work?: number;
}

/** Where the host puts an event's id, behind `{kind: "http.request", payload: {id: `. */
const ID_OFFSET = 20 + 1 + 5 + 13 + 8 + 1 + 3 + 1;

const ANSWER = 2048;
const LISTEN = 1024;

const LISTEN_IMPORT =
  `(import "pulp" "http_listen" (func $listen (param i32 i32) (result i32)))`;

const INIT_END = {
  refuse: "(i32.const 1)",
  loop: "(loop $again (br $again)) (i32.const 0)",
} as const;

/**
 * Assembles it. The second letter of an answer is the last one of the config,
 * as of `letter = "x"`; without config it is `-`. Other events pass.
 */
export async function letterCell(
  { path = "/", letter, listen, init, work = 0 }: LetterCell,
): Promise<Uint8Array<ArrayBuffer>> {
  const routes = ["GET", "POST"].map((method, index) => ({
    at: 256 * (index + 1),
    bytes: [
      0x82,
      ...str("method"),
      ...str(method),
      ...str("path"),
      ...str(path),
    ],
  }));
  const answer = [
    ...[0x83, ...str("id"), 0xcf, ...new Array(8).fill(0)],
    ...[...str("status"), 0xcc, 200],
    ...[...str("body"), 0xc4, 2, letter.charCodeAt(0), "-".charCodeAt(0)],
  ];
  const address = [0x81, ...str("addr"), ...str(listen ?? "")];
  const calls = routes.map(({ at, bytes }) =>
    `(call $register (i32.const ${at}) (i32.const ${bytes.length}))`
  );
  if (listen !== undefined) {
    calls.unshift(
      `(call $listen (i32.const ${LISTEN}) (i32.const ${address.length}))`,
    );
  }
  return await wat(cellWat({
    imports: `
      (import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
      ${listen === undefined ? "" : LISTEN_IMPORT}
      (import "pulp" "http_respond" (func $respond (param i32 i32) (result i32)))`,
    without: ["memory", "pulp_alloc", "pulp_init", "pulp_step"],
    functions: `
      (memory (export "memory") 16)
      ${routes.map(({ at, bytes }) => data(at, bytes)).join("\n")}
      ${data(ANSWER, answer)}
      ${data(LISTEN, address)}
      ;; One thing at a time, always in the same place.
      (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
      (func (export "pulp_init") (param $config i32) (param $length i32) (result i32)
        (if (local.get $length) (then
          (i32.store8 (i32.const ${ANSWER + answer.length - 1})
            (i32.load8_u (i32.sub (i32.add (local.get $config) (local.get $length)) (i32.const 1))))))
        ${
      calls.map((call) => `(if ${call} (then (return (i32.const 2))))`).join(
        "\n",
      )
    }
        ${init === undefined ? "(i32.const 0)" : INIT_END[init]})
      (func (export "pulp_step") (param $in i32) (param i32) (result i32)
        (local $left i32)
        (if (i32.eqz (i32.load offset=16 (local.get $in)))
          (then (return (i32.const 0))))
        (local.set $left (i32.const ${work}))
        (loop $again
          (if (i32.gt_s (local.get $left) (i32.const 0)) (then
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $again))))
        (i64.store (i32.const ${
      ANSWER + 5
    }) (i64.load offset=${ID_OFFSET} (local.get $in)))
        (call $respond (i32.const ${ANSWER}) (i32.const ${answer.length})))`,
  }));
}

/** A short text in MessagePack. */
function str(text: string): number[] {
  return [0xa0 | text.length, ...new TextEncoder().encode(text)];
}

function data(at: number, bytes: readonly number[]): string {
  const hex = bytes.map((byte) => `\\${byte.toString(16).padStart(2, "0")}`);
  return `(data (i32.const ${at}) "${hex.join("")}")`;
}

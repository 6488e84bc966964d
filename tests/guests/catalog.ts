/**
 * Every guest: where its source is and what its manifest declares.
 *
 * @module
 */

import type { ManifestFields } from "./write_cell.ts";

/** What a guest is compiled with. */
export type Language = "assemblyscript" | "go" | "rust" | "c" | "wat";

/** One guest. */
export interface Guest {
  readonly language: Language;
  /** A file, or a folder with a package, relative to the project. */
  readonly source: string;
  /** What its manifest declares unless a test says otherwise. */
  readonly manifest: ManifestFields;
}

/** The config that `go-config` asserts. */
const GO_CONFIG = `
small = 7
big = 9007199254740993
least = -9223372036854775808
ratio = 1.0
text = "Gr\\u00fc\\u00dfe \\U0001F30D"
yes = true
when = 2026-01-02T03:04:05.123456Z
list = [1, 2]
nested = { port = 8080, deep = { ratio = 2.0 } }
servers = [{ name = "a" }, { name = "b" }]
`;

const HTTP = "transport.http.inbound";

const COMPILED: Readonly<Record<string, Guest>> = {
  "as-sdk": {
    language: "assemblyscript",
    source: "tests/guests/assemblyscript",
    manifest: {
      provides: ["json", "value", "random", "log", "call", "ticks", "trap"],
    },
  },
  "echo-go": {
    language: "go",
    source: "cells/echo-go",
    manifest: { capabilities: [HTTP] },
  },
  "go-config": {
    language: "go",
    source: "tests/guests/go/config",
    manifest: { provides: ["dump"], config: GO_CONFIG },
  },
  "go-wasi": {
    language: "go",
    source: "tests/guests/go/wasi",
    manifest: {
      provides: [
        "print",
        "time",
        "random",
        "sleep",
        "env",
        "args",
        "stdin",
        "file",
        "channels",
        "exit",
        "panic",
      ],
    },
  },
  "go-sibling": {
    language: "go",
    source: "tests/guests/go/sibling",
    manifest: { provides: ["relay", "echo", "fail"] },
  },
  "go-sqlite": {
    language: "go",
    source: "tests/guests/go/sqlite",
    manifest: {
      provides: ["exec", "query", "types"],
      capabilities: ["storage.sqlite"],
    },
  },
  "go-http": {
    language: "go",
    source: "tests/guests/go/http",
    manifest: { capabilities: [HTTP, "transport.http.outbound"] },
  },
  "rust-wasi": {
    language: "rust",
    source: "tests/guests/rust/wasi.rs",
    manifest: {
      provides: [
        "print",
        "time",
        "random",
        "map",
        "sleep",
        "env",
        "args",
        "stdin",
        "file",
        "exit",
        "panic",
      ],
    },
  },
  "c-wasi": {
    language: "c",
    source: "tests/guests/c/wasi.c",
    manifest: {
      provides: [
        "print",
        "time",
        "random",
        "sleep",
        "env",
        "stdin",
        "file",
        "exit",
        "abort",
      ],
    },
  },
};

const WAT: Readonly<Record<string, ManifestFields>> = {
  alloc_last_bytes: { provides: ["echo"] },
  alloc_out_of_range: { provides: ["echo"] },
  alloc_overlapping: { provides: ["echo"] },
  alloc_zero: { provides: ["echo"] },
  call_error_out_of_range: { provides: ["any"] },
  call_fails_with_message: { provides: ["any"] },
  call_traps: { provides: ["any"] },
  counter: { provides: ["count", "echo", "envelope"] },
  deep_msgpack_respond: { capabilities: [HTTP] },
  entropy: { provides: ["read"] },
  exit_in_step: {},
  frees: { provides: ["live", "fail"] },
  fs_write_new_signature: {},
  fs_write_old_signature: {},
  grows_memory_in_alloc: { provides: ["echo"] },
  init_error_out_of_range: {},
  init_error_too_long: {},
  init_fails_silently: {},
  init_fails_with_message: {},
  init_traps: {},
  initialize_before_start: {},
  initialize_traps: {},
  logs: {},
  lying_msgpack_respond: { capabilities: [HTTP] },
  missing_exports: {},
  no_alloc: {},
  no_free: { provides: ["echo"] },
  post_return: { provides: ["echo", "record"] },
  provider_without_alloc: { provides: ["any"] },
  respond_empty: { capabilities: [HTTP] },
  respond_out_of_range: { capabilities: [HTTP] },
  response_4gib: { provides: ["any"] },
  response_empty_anywhere: { provides: ["any"] },
  response_ends_memory: { provides: ["any"] },
  response_out_of_range: { provides: ["any"] },
  shutdown_fails: {},
  sqlite_exec_new_signature: { capabilities: ["storage.sqlite"] },
  sqlite_exec_old_signature: { capabilities: ["storage.sqlite"] },
  sqlite_out_of_range: { capabilities: ["storage.sqlite"] },
  start_command: {},
  start_traps: {},
  step_traps: { provides: ["echo"] },
  undeclared_import: {},
  unknown_import: {},
  wasi_edges: {},
  wrong_import_kind: {},
  wrong_import_type: {},
  wrong_kind_exports: {},
  wrong_type_exports: {},
};

/** Every guest by name. A WAT guest's name is its file's. */
export const GUESTS: Readonly<Record<string, Guest>> = {
  ...COMPILED,
  ...Object.fromEntries(
    Object.entries(WAT).map(([name, manifest]): [string, Guest] => [
      name,
      { language: "wat", source: `tests/guests/wat/${name}.wat`, manifest },
    ]),
  ),
};

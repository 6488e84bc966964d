/**
 * Every hostile module and what it comes to.
 *
 * @module
 */

import { LIMITS } from "../../src/limits.ts";
import type { HostileCase, Outcome } from "./hostile_case.ts";

const late: Outcome = { in: "attack", code: "deadline" };
const trapped = (says: RegExp): Outcome => ({
  in: "attack",
  code: "trap",
  says,
});
const broken = (says: RegExp): Outcome => ({
  in: "attack",
  code: "contract",
  says,
});
const returns = (value: number): Outcome => ({ returns: value });
const refused = (says: RegExp): Outcome => ({ refused: says });

const SMALL = "max_memory_pages = 64";
const SQLITE = `capabilities = ["storage.sqlite"]`;
const INBOUND = `capabilities = ["transport.http.inbound"]`;
const sql = (code: number): HostileCase => ({
  manifest: SQLITE,
  outcome: returns(code),
});

/** By the name of the module's file. */
export const CATALOG: Readonly<Record<string, HostileCase>> = {
  // Time
  loop_in_start: { outcome: { in: "load", code: "deadline" } },
  loop_in_initialize: { outcome: { in: "load", code: "deadline" } },
  loop_in_init: { outcome: { in: "init", code: "deadline" } },
  loop_in_init_error: { outcome: { in: "init", code: "deadline" } },
  loop_in_step: {
    outcome: { in: "step", code: "deadline" },
    restarts: true,
  },
  loop_in_on_call: { outcome: { in: "call", code: "deadline" } },
  loop_in_post_return: { outcome: { in: "call", code: "deadline" } },
  loop_in_shutdown: { outcome: { in: "shutdown", code: "deadline" } },
  loop_in_alloc: { outcome: late },
  loop_in_free: { outcome: late },
  loop_in_probe: { outcome: { in: "probe", code: "deadline" } },
  loop_in_simd: { outcome: late },
  loop_through_table: { outcome: late },
  loop_of_table_calls: { outcome: late },
  loop_of_tail_calls: { outcome: late },
  loop_of_tail_calls_through_table: { outcome: late },
  loop_of_br_table: { outcome: late },
  loop_of_bulk_fills: { outcome: late },
  loop_of_failing_grows: { outcome: late },
  loop_of_clock_reads: { outcome: late },
  loop_of_stub_calls: { outcome: late },
  loop_after_host_call: { outcome: late },
  loop_after_waiting_host_call: { outcome: late },
  wait_for_ever: { outcome: late },
  wait_in_start: { outcome: { in: "load", code: "deadline" } },
  sleep_for_an_hour: { outcome: late },
  sleep_in_initialize: { outcome: { in: "load", code: "deadline" } },
  sleep_caught: { outcome: late },
  deadline_caught: { outcome: late },
  deadline_caught_in_host_call: { outcome: late },

  // Recursion
  recursion_mutual: { outcome: late },
  recursion_deep: {
    outcome: trapped(/call stack/),
    restarts: true,
  },
  recursion_deep_in_start: {
    outcome: { in: "load", code: "trap", says: /call stack/ },
  },
  recursion_deep_through_table: { outcome: trapped(/call stack/) },
  recursion_with_wide_frames: { outcome: trapped(/call stack/) },
  recursion_through_host: { outcome: { survives: true } },
  recursion_through_host_doubled: { outcome: { in: "step", code: "deadline" } },
  stack_overflow_caught: { outcome: trapped(/call stack/) },

  // Memory
  memory_bomb: { manifest: SMALL, outcome: returns(64) },
  memory_bomb_at_once: { manifest: SMALL, outcome: returns(-1) },
  memory_bomb_in_init: { manifest: SMALL, outcome: returns(49) },
  memory_bomb_imported: { manifest: SMALL, outcome: returns(64) },
  // Its memories share what there is.
  memory_bomb_second: { manifest: SMALL, outcome: returns(33) },
  memory_too_large: {
    manifest: SMALL,
    outcome: refused(/starts with 100 pages, and max_memory_pages is 64/),
  },
  memory_grows_in_alloc: { outcome: { survives: true } },
  table_bomb: { outcome: returns(1) },

  // Allocators
  alloc_returns_zero: { outcome: broken(/pulp_alloc returned 0/) },
  alloc_out_of_range: { outcome: broken(/outside its memory/) },
  alloc_at_the_very_end: { outcome: broken(/outside its memory/) },
  alloc_one_byte_too_far: { outcome: broken(/outside its memory/) },
  alloc_up_to_the_edge: { outcome: { survives: true } },
  alloc_over_live_buffer: {
    outcome: { in: "call", code: "contract", says: /over a live buffer/ },
  },
  alloc_over_code_data: { outcome: returns(8) },
  alloc_returns_zero_to_host: { outcome: returns(7) },
  alloc_traps: { outcome: trapped(/unreachable/) },
  alloc_traps_in_host_function: { outcome: returns(7) },
  free_traps: { outcome: trapped(/unreachable/) },

  // Responses
  response_out_of_range: {
    outcome: { in: "call", code: "contract", says: /leave its memory/ },
  },
  response_one_byte_too_far: {
    outcome: { in: "call", code: "contract", says: /leave its memory/ },
  },
  response_wraps_around: {
    outcome: { in: "call", code: "contract", says: /leave its memory/ },
  },
  response_of_4_gib: {
    outcome: { in: "call", code: "contract", says: /4294967295 bytes/ },
  },
  response_of_nothing: { outcome: { answers: "" } },
  response_deeply_nested: {
    outcome: { survives: true },
    cli: { in: "call", code: "contract", says: /as JSON/ },
  },
  response_lies_about_length: {
    outcome: { survives: true },
    cli: { in: "call", code: "contract", says: /as JSON/ },
  },
  response_changes_while_read: { outcome: { answers: "7" } },
  error_text_out_of_range: {
    outcome: { in: "init", code: "init", says: /pulp_init returned 1/ },
  },
  step_returns_nonsense: { outcome: { survives: true } },
  host_calls_in_shutdown: { outcome: { survives: true } },
  shutdown_refused: {
    outcome: { in: "shutdown", code: "call", says: /returned 5/ },
  },

  // Addresses and ids
  out_addresses_at_the_edge: { outcome: returns(88888) },
  requests_at_the_edge: { outcome: returns(202222) },
  unknown_request_ids: {
    manifest: INBOUND,
    outcome: returns(444),
  },
  unknown_stream_ids: {
    manifest: `capabilities = ["transport.http.outbound"]
[permissions]
net = ["127.0.0.1:80"]`,
    outcome: returns(1),
  },
  stub_of_undeclared_capability: {
    outcome: returns(9999),
    waiting: "declares what it is about not to declare",
  },

  // Other cells
  calls_itself: {
    manifest: `consumes = ["calls_itself"]`,
    outcome: returns(4),
  },
  calls_undeclared: { outcome: returns(11) },

  // Flooding
  log_flood: { outcome: late },
  log_of_the_whole_memory: { outcome: returns(4) },
  log_forgery: { outcome: returns(0) },
  stdout_flood_without_newline: { outcome: late },
  stderr_flood_of_newlines: { outcome: late },
  flood_of_every_step: { outcome: { survives: true } },
  flood_of_denied_calls: { outcome: late, lateMs: 1_000 },
  flood_of_refused_routes: { manifest: INBOUND, outcome: late, lateMs: 1_000 },
  flood_of_routes: { manifest: INBOUND, outcome: returns(LIMITS.httpRoutes) },

  // SQL
  sql_endless: {
    manifest: SQLITE,
    outcome: late,
    library:
      "SQLite cannot be interrupted, and the thread is the caller's: it is why cells of `run` have one of their own",
  },
  sql_endless_rows: sql(5),
  sql_attach: sql(5),
  sql_attach_uri: sql(5),
  sql_vacuum_into: sql(5),
  sql_load_extension: sql(5),
  sql_temp_store_directory: sql(5),
  sql_writable_schema: sql(5),
  sql_journal_off: sql(0),
  sql_huge_blob: sql(5),
  sql_string_bomb: sql(5),
  sql_rename_multiplied: sql(5),
  sql_wide_names: sql(5),
  sql_variable_bomb: sql(5),
  sql_deep_expression: sql(5),
  sql_host_function: sql(5),
  sql_too_long: sql(5),

  // MessagePack
  msgpack_deep: sql(3),
  msgpack_deep_maps: sql(3),
  msgpack_long_array: sql(3),
  msgpack_long_text: sql(3),
  msgpack_many_values: sql(0),
  msgpack_reserved_byte: sql(3),
  entropy_without_end: { outcome: returns(554) },

  // WASI
  random_of_the_whole_memory: { outcome: late },
  write_of_a_million_vectors: { outcome: returns(28 * 100 + 21) },
  poll_of_4_billion: { outcome: returns(28 * 100 + 28) },
  open_of_a_file: { outcome: returns(8) },
  environment_peek: { outcome: returns(0) },
  close_of_the_log: { outcome: returns(8) },
  host_calls_in_start: { outcome: returns(2 * 100 + 21) },

  // Exits, traps, exceptions
  exit_with_status: {
    outcome: { in: "attack", code: "exit", says: /status 7/ },
    restarts: true,
  },
  exit_in_start: { outcome: { in: "load", code: "exit", says: /status 0/ } },
  exit_caught: { outcome: { in: "attack", code: "exit", says: /status 7/ } },
  exit_caught_for_ever: {
    outcome: { in: "attack", code: "exit", says: /status 7/ },
  },
  trap: { outcome: trapped(/divide by zero/), restarts: true },
  trap_in_init: { outcome: { in: "init", code: "trap" } },
  trap_in_shutdown: { outcome: { in: "shutdown", code: "trap" } },
  trap_caught: { outcome: trapped(/divide by zero/) },
  throw_uncaught: { outcome: trapped(/exception/i) },
  throw_for_ever: { outcome: late },

  // The guard
  guard_imported: { outcome: refused(/no capability provides .*pulp\.guard/) },
  guard_imported_by_export_name: {
    outcome: refused(/no capability provides .*env\.pulp:guard/),
  },
  guard_name_taken: { outcome: late },
  guard_function_called: {
    outcome: refused(/index #40 is out of bounds/),
  },
  guard_memory_written: {
    outcome: refused(/memory index 1 exceeds/),
  },
  import_unknown: { outcome: refused(/did you mean "sqlite_exec"/) },
  import_of_wrong_type: { outcome: refused(/log_write/) },
  import_of_javascript: { outcome: refused(/no capability provides/) },
};

/**
 * The findings of `check` for scripts.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Verdict } from "../permissions/verdict.ts";
import type { CellReport } from "./check_cell.ts";
import type { SetReport } from "./commands/check.ts";
import { formatDocument } from "./record_text.ts";

/**
 * One JSON object: `ok`, `exitCode`, `order`, `errors` of the set, `cells` in
 * the order of the arguments, `given`, the flags of Deno that an executable was
 * made with, and `limits`, those of the host. Every key is always there; what
 * could not be found out is `null`.
 */
export function checkJson(report: SetReport): string {
  const { cells, order, setError, given, exitCode } = report;
  const value = {
    ok: exitCode === 0,
    exitCode,
    order: order ?? null,
    errors: setError === undefined ? [] : [errorJson(setError)],
    cells: cells.map(cellJson),
    given: given ?? null,
    limits: LIMITS,
  };
  return formatDocument(value);
}

function cellJson(cell: CellReport): unknown {
  const { argument, spec, verdict, module, warnings, errors, exitCode } = cell;
  return {
    argument,
    ok: exitCode === 0,
    exitCode,
    name: spec?.name ?? null,
    version: spec?.version ?? null,
    manifest: spec?.manifestPath ?? null,
    wasm: spec?.wasmPath ?? null,
    provides: spec?.provides ?? null,
    consumes: spec?.consumes ?? null,
    dependsOn: spec?.dependsOn ?? null,
    limits: spec === undefined ? null : {
      callTimeoutMs: spec.callTimeoutMs,
      maxMemoryPages: spec.maxMemoryPages,
      restart: spec.restart,
    },
    errors: errors.map(errorJson),
    warnings: warnings.map(({ declaredIn, item, line, message, hint }) => ({
      declaredIn,
      item: item ?? null,
      line: line ?? null,
      message,
      hint,
    })),
    module: module === undefined ? null : {
      bytes: module.bytes,
      sha256: module.sha256,
      exports: module.exports,
      imports: module.imports.map((it) => ({
        module: it.module,
        name: it.name,
        capability: it.capability ?? null,
        state: it.state,
      })),
    },
    capabilities: verdict === undefined ? null : capabilitiesJson(verdict),
  };
}

function capabilitiesJson(verdict: Verdict): unknown {
  return verdict.capabilities.map((row) => ({
    capability: row.capability,
    declaredIn: row.declaredIn,
    state: row.state,
    reason: row.reason ?? null,
    permissions: row.permissions.map(({ request, flag, state }) => ({
      kind: request.kind,
      target: request.target ?? null,
      reason: request.reason,
      flag,
      state,
    })),
  }));
}

function errorJson(error: unknown): unknown {
  const known = error instanceof PulpError ? error : undefined;
  return {
    code: known?.code ?? "unexpected",
    message: messageOf(error),
    hint: known?.hint ?? null,
  };
}

/**
 * The modules that a cell imports from.
 *
 * @module
 */

/** The import module of WASI preview 1. */
export const WASI_MODULE = "wasi_snapshot_preview1";
/** The import module of the contract. */
export const PULP_MODULE = "pulp";

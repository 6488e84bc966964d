/**
 * Where things stand in the guard memory. Apart from the rewriting, which is
 * not where guests run.
 *
 * @module
 */

/** Where in the guard memory a thread stores 1 to end the guest. An i32. */
export const GUARD_STOP_OFFSET = 0;

/** Where an i32 stands that is always 0, which V8 does not know. */
export const GUARD_ZERO_OFFSET = 4;

/** Where the bytes that the guest allocated are counted. An i64. */
export const GUARD_HEAP_OFFSET = 8;

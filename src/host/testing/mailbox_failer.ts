/**
 * A thread that fails each request of a mailbox as soon as it is taken. It
 * says how many that were.
 *
 * @module
 */

import { Mailbox } from "../mailbox.ts";

/** What it is told. */
export interface FailerOrder {
  readonly buffer: SharedArrayBuffer;
  /** It goes on until word 0 is 1. */
  readonly over: Int32Array;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<FailerOrder>) => void;
  postMessage(message: unknown): void;
};

scope.onmessage = ({ data: { buffer, over } }) => {
  const mailbox = new Mailbox(buffer);
  const words = new Int32Array(buffer, 0, 1);
  let failed = 0;
  scope.postMessage("ready");
  while (Atomics.load(over, 0) === 0) {
    // "taken", as it stands in the first word.
    if ((Atomics.load(words, 0) & 7) !== 2) continue;
    mailbox.fail("taken", "failed meanwhile");
    failed++;
  }
  scope.postMessage(failed);
};

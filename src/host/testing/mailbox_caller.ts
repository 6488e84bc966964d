/**
 * A thread that calls through a mailbox, one call for each message it gets,
 * and says what came back.
 *
 * @module
 */

import { Mailbox } from "../mailbox.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<SharedArrayBuffer>) => void;
  postMessage(message: unknown): void;
};

let mailbox: Mailbox | undefined;
scope.onmessage = ({ data }) => {
  mailbox ??= new Mailbox(data);
  mailbox.request("echo", new Uint8Array([1, 2, 3]));
  scope.postMessage("asked");
  scope.postMessage(mailbox.wait());
};

/**
 * The least that a worker does: it answers each message with that message.
 *
 * @module
 */

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent) => void;
  postMessage(message: unknown): void;
};
scope.onmessage = ({ data }) => scope.postMessage(data);

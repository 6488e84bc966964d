/**
 * JavaScript Promise Integration, which TypeScript's library doesn't know yet.
 *
 * @module
 */

type AnyExport = (...args: number[]) => unknown;
type WaitingExport = (
  ...args: number[]
) => Promise<number | bigint | undefined>;
type WaitingImport = (...args: number[]) => Promise<number>;

interface PromiseIntegration {
  readonly Suspending: new (fn: WaitingImport) => WebAssembly.ImportValue;
  promising(fn: AnyExport): WaitingExport;
}

const integration = WebAssembly as unknown as PromiseIntegration;

/** An import that suspends the guest until the promise settles. */
export function suspendingImport(fn: WaitingImport): WebAssembly.ImportValue {
  return new integration.Suspending(fn);
}

/** An export whose guest may be suspended: it returns a promise. */
export function promisingExport(fn: AnyExport): WaitingExport {
  return integration.promising(fn);
}

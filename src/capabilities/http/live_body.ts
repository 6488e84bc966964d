/**
 * Bodies that are sent as they come.
 *
 * @module
 */

/** Bytes in memory of their own. */
type Piece = Uint8Array<ArrayBuffer>;

/** A body that is sent as it comes. Who does not send it cancels it. */
export type LiveBody = ReadableStream<Piece>;

/** Where the pieces come from. */
export interface LiveSource {
  /** The next piece; `undefined` at the end. */
  next(): Promise<Piece | undefined>;
  /** Nobody wants more. */
  cancel(): void;
}

/**
 * A body for a reader that is through with a piece when it asks for the next,
 * as Deno's server is, and a `postMessage` that transfers. The memory of the
 * piece is given back then: left to the collector, that of a fast transfer
 * would pile up to tens of MiB. No piece is fetched before it is asked for.
 */
export function liveBody({ next, cancel }: LiveSource): LiveBody {
  let given: ArrayBuffer | undefined;
  const giveBack = (): void => {
    // Whoever writes it still holds on to the memory beneath.
    if (given?.detached === false) given.transfer(0);
    given = undefined;
  };
  return new ReadableStream<Piece>({
    pull: async (controller) => {
      giveBack();
      const piece = await next();
      if (piece === undefined) return controller.close();
      given = piece.buffer;
      controller.enqueue(piece);
    },
    cancel: () => {
      giveBack();
      cancel();
    },
  }, { highWaterMark: 0 });
}

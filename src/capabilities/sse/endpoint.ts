/**
 * What a cell may do with its SSE subscribers, wherever they are.
 *
 * @module
 */

/** The subscribers of one instance of a cell. */
export interface SseEndpoint {
  /** As `sse_register`: a code of the contract. */
  register(path: string): number;
  /**
   * As `sse_emit`: a code of the contract; 4 when no route of the cell covers
   * the path. The event is asked for when there are clients that take it.
   */
  emit(path: string, frame: () => Uint8Array): number;
  /** How many clients listen to this path of the cell now. */
  subscribers(path: string): number;
}

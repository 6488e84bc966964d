/**
 * What a cell may do with its WebSocket connections, wherever they are.
 *
 * @module
 */

/** The connections of one instance of a cell. Methods return codes of the contract. */
export interface WsEndpoint {
  /** As `ws_register`. */
  register(path: string): number;
  /** As `ws_send`: 4 when the instance has no such connection, or the frame can't be sent. */
  send(connId: bigint, opcode: number, payload: Uint8Array): number;
  /** As `ws_close`; code 0 is 1000. */
  close(connId: bigint, code: number, reason: string): number;
}

/**
 * The codes with which WebSocket connections end.
 *
 * @module
 */

/** Codes that the host sends or reports itself. */
export const CLOSE = Object.freeze({
  normal: 1000,
  goingAway: 1001,
  /** Never on the wire: the connection broke off without a close frame. */
  abnormal: 1006,
  tooSlow: 1008,
  tooBig: 1009,
  tryAgain: 1013,
});

/** A reason with its code has to fit a control frame. In bytes. */
const REASON_BYTES = 123;

const UTF8 = new TextEncoder();

/** Whether an endpoint may send this: RFC 6455, section 7.4, and the codes registered since. */
export function isCloseCode(code: number): boolean {
  return (code >= 1000 && code <= 1014 && !RESERVED.has(code)) ||
    (code >= 3000 && code <= 4999);
}

/** Whether a reason fits. */
export function isCloseReason(reason: string): boolean {
  return reason.length <= REASON_BYTES &&
    UTF8.encode(reason).length <= REASON_BYTES;
}

/** 1004 means nothing; 1005 and 1006 say that there was no code. */
const RESERVED: ReadonlySet<number> = new Set([1004, 1005, 1006]);

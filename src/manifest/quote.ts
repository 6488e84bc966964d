/**
 * Text of a manifest, made fit to stand in a message.
 *
 * @module
 */

/** More of a value than this only hides the message. */
const SHOWN_CHARS = 60;

/** Controls, and what reorders or hides text on a terminal. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** The text in quotes, on one line, cut at 60 characters, harmless to a terminal. */
export function quote(text: string): string {
  const chars = [...text.slice(0, 2 * SHOWN_CHARS)];
  const cut = chars.length > SHOWN_CHARS;
  const shown = cut ? `${chars.slice(0, SHOWN_CHARS).join("")}...` : text;
  return escapeUnseen(JSON.stringify(shown));
}

/** A key, a number or a date without quotes, cut at 60 characters, harmless to a terminal. */
export function excerpt(text: string): string {
  return escapeUnseen(
    text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}...` : text,
  );
}

function escapeUnseen(text: string): string {
  return text.replace(
    UNSEEN,
    (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Names and types of a module, made fit to stand in a message.
 *
 * @module
 */

/** More of a name than this only hides the message. */
const SHOWN_CHARS = 100;

/** A name, or a type as text, cut at 100 characters. */
export function shown(text: string): string {
  if (text.length <= SHOWN_CHARS) return text;
  // The cut may go through a pair of surrogates.
  return `${text.slice(0, SHOWN_CHARS).toWellFormed()}...`;
}

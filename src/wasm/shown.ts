/**
 * Names and types of a module, made fit to stand in a message.
 *
 * @module
 */

/** More of a name than this only hides the message. */
const SHOWN_CHARS = 100;

/**
 * A name, or a type as text, cut at 100 characters. Escaped as within a string
 * of JSON: whatever a module calls a thing ends neither the quotes around it
 * nor the line of the message.
 */
export function shown(text: string): string {
  // The cut may go through a pair of surrogates.
  const cut = text.length <= SHOWN_CHARS
    ? text
    : `${text.slice(0, SHOWN_CHARS).toWellFormed()}...`;
  return JSON.stringify(cut).slice(1, -1);
}

/** What V8 says of a module, on one line: names of the module stand in it as they are. */
export function onOneLine(text: string): string {
  return text.replaceAll("\n", "\\n");
}

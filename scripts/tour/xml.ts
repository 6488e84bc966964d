/**
 * Elements of an XML document, as text.
 *
 * @module
 */

/** The attributes of an element; numbers get two decimals at the most. */
export type Attributes = Readonly<Record<string, string | number>>;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as it stands between tags or in an attribute. What XML can't hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex -- those that XML forbids
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** An element around `content`, which is markup already. */
export function element(
  name: string,
  attributes: Attributes,
  content = "",
): string {
  const list = Object.entries(attributes).map(([key, value]) =>
    ` ${key}="${typeof value === "number" ? decimal(value) : escapeXml(value)}"`
  ).join("");
  return content === ""
    ? `<${name}${list}/>`
    : `<${name}${list}>${content}</${name}>`;
}

/** A number with two decimals at the most. */
export function decimal(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/**
 * Whether a document is XML: what a drawing uses of it, and nothing else.
 *
 * @module
 */

/** An element with what it holds. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements and texts, entities resolved. */
  readonly children: (XmlElement | string)[];
}

const NAME = "[a-zA-Z][a-zA-Z0-9-]*";
const TEXT = "(?:[^<>&]|&(?:amp|lt|gt|quot);)+";
const ATTRIBUTE = ` (${NAME})="((?:[^<>&"]|&(?:amp|lt|gt|quot);)*)"`;
const TOKEN = new RegExp(
  `<!--(?:(?!--)[^])*-->|<(${NAME})((?:${ATTRIBUTE})*)(/?)>|</(${NAME})>|${TEXT}`,
  "y",
);
// deno-lint-ignore no-control-regex -- what XML forbids
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/u;

const CHARACTERS: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
};

/** The one element of a document. Throws where it is not well-formed. */
export function parseXml(document: string): XmlElement {
  if (FORBIDDEN.test(document)) throw new Error("a character is forbidden");
  const top: XmlElement = { name: "", attributes: new Map(), children: [] };
  const open = [top];
  let at = 0;
  while (at < document.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(document);
    if (match === null) {
      throw new Error(`no XML: ${document.slice(at, at + 40)}`);
    }
    const [token, begun, list = "", , , slash, ended] = match;
    at += token.length;
    if (begun !== undefined) {
      const child = { name: begun, attributes: listed(list), children: [] };
      open.at(-1)!.children.push(child);
      if (slash === "") open.push(child);
    } else if (ended !== undefined) {
      const name = open.pop()?.name;
      if (name !== ended) throw new Error(`</${ended}> ends <${name}>`);
    } else if (!token.startsWith("<!--")) {
      open.at(-1)!.children.push(resolved(token));
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> does not end`);
  const [root, ...others] = top.children.filter((child) =>
    typeof child !== "string" || child.trim() !== ""
  );
  if (root === undefined || typeof root === "string" || others.length > 0) {
    throw new Error("not one element");
  }
  return root;
}

/** Every element of that name, at any depth. */
export function elementsOf(root: XmlElement, name: string): XmlElement[] {
  const below = root.children.flatMap((child) =>
    typeof child === "string" ? [] : elementsOf(child, name)
  );
  return root.name === name ? [root, ...below] : below;
}

/** The text in an element and below it. */
export function textOf(root: XmlElement): string {
  return root.children.map((child) =>
    typeof child === "string" ? child : textOf(child)
  ).join("");
}

function listed(list: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (
    const [, name = "", value = ""] of list.matchAll(new RegExp(ATTRIBUTE, "g"))
  ) {
    if (attributes.has(name)) throw new Error(`${name} is there twice`);
    attributes.set(name, resolved(value));
  }
  return attributes;
}

function resolved(text: string): string {
  return text.replace(/&\w+;/g, (entity) => CHARACTERS[entity] ?? entity);
}

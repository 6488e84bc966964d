/**
 * Templates whose parts depend on what a cell asks for.
 *
 * A line that holds nothing but `//#if a b | c`, `//#else` or `//#end` decides
 * about those that follow it: they stay when `a` and `b` hold, or `c`. Where
 * comments begin with `;;`, so do marks. Parts may stand within parts.
 *
 * @module
 */

const MARK = /^\s*(?:\/\/|;;)#(if|else|end)\b(.*)$/;

/**
 * The lines of a template that stay when the names in `holds` do. Blank lines
 * that come together are one, and none is left at the beginning.
 *
 * Throws a `TypeError` for marks that do not match each other.
 */
export function fillSections(
  template: string,
  holds: ReadonlySet<string>,
): string {
  const kept: string[] = [];
  /** Whether each part that is open stays, by itself. */
  const open: boolean[] = [];
  for (const [index, line] of template.split("\n").entries()) {
    const [, mark, condition = ""] = MARK.exec(line) ?? [];
    if (mark === "if") open.push(isMet(condition, holds));
    else if (mark !== undefined) {
      const last = open.pop();
      if (last === undefined) {
        throw new TypeError(`line ${index + 1}: "#${mark}" without "#if"`);
      }
      if (mark === "else") open.push(!last);
    } else if (open.every((stays) => stays)) {
      const isSecondBlank = line === "" && (kept.at(-1) ?? "") === "";
      if (!isSecondBlank) kept.push(line);
    }
  }
  if (open.length > 0) throw new TypeError('an "#if" without "#end"');
  return kept.join("\n").trimEnd() + "\n";
}

/** Any of the parts between bars, each of which needs all of its names. */
function isMet(condition: string, holds: ReadonlySet<string>): boolean {
  return condition.split("|").some((part) => {
    const names = part.trim().split(/\s+/);
    return names.every((name) => holds.has(name));
  });
}

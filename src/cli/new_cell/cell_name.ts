/**
 * The name of a new cell.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { MANIFEST_KEYS } from "../../manifest/schema.ts";

/**
 * Gives the name back.
 *
 * @throws {PulpError} `usage` for what no manifest takes, with a name that one would
 */
export function checkedName(name: string): string {
  const fault = MANIFEST_KEYS.name.fault(name);
  if (fault === undefined) return name;
  throw new PulpError("usage", `Cannot name a cell "${name}": ${fault}`, {
    hint: `--name ${nearName(name)}`,
  });
}

/** The same name in letters that a manifest takes: `my-cell` for `My Cell`. */
export function nearName(name: string): string {
  const near = name.normalize("NFKD").replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .slice(0, LIMITS.cellNameChars)
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  return near === "" ? "cell" : near;
}

/**
 * Modules that register capabilities.
 *
 * @module
 */

import { thrownText } from "../capabilities/own_capability.ts";
import { PulpError } from "../errors.ts";
import { inTime } from "../in_time.ts";
import { LIMITS } from "../limits.ts";
import { pathOfUrl } from "../manifest/paths.ts";
// What extensions import is loaded with the host: they need no permission for it.
import "../extension.ts";

/**
 * Loads extension modules, for what they register. One that is loaded already
 * is not loaded again.
 *
 * @param urls `file:` URLs
 * @throws {PulpError} `permission` when Deno refuses to read one, `usage` when
 * one can't be loaded or registers what is taken
 */
export async function loadExtensions(urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    try {
      // One that waits for ever at its top level would hold the start as long.
      await inTime(import(url), LIMITS.extensionLoadMs);
    } catch (cause) {
      const path = pathOfUrl(new URL(url));
      const text = thrownText(cause);
      if (
        /Requires (?:read|import) access/.test(text) ||
        cause instanceof Deno.errors.NotCapable
      ) {
        throw new PulpError(
          "permission",
          `Cannot load extension "${path}": ${text}`,
          {
            cause,
            hint: `run again with --allow-read=${path} and whatever it imports`,
          },
        );
      }
      const hint = cause instanceof PulpError ? cause.hint : undefined;
      throw new PulpError(
        "usage",
        `Cannot load extension "${path}": ${text}`,
        { cause, ...(hint === undefined ? {} : { hint }) },
      );
    }
  }
}

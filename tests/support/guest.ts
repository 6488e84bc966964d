/**
 * Guests of the tests in a folder of the test, where they can be built.
 *
 * @module
 */

import type { TempDir } from "../../src/testing/cell_folder.ts";
import { type ManifestFields, writeGuest } from "../guests/build.ts";

/**
 * Writes a guest below `dir` and returns its manifest's path; `undefined`, and
 * a step that was skipped and says why, where its toolchain is missing.
 */
export async function guestOrSkip(
  t: Deno.TestContext,
  dir: TempDir,
  guest: string,
  overrides: ManifestFields = {},
  as: string = guest,
): Promise<string | undefined> {
  const written = await writeGuest(dir.path, guest, overrides, as);
  if ("path" in written) return written.path;
  await t.step({
    name: `skipped: ${written.skipped}`,
    ignore: true,
    fn: () => {},
  });
  return undefined;
}

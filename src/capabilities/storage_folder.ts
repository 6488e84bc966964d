/**
 * Where a cell keeps what it stores.
 *
 * @module
 */

import { resolvePath } from "../manifest/paths.ts";

/** The folder of a cell below the storage root, which is absolute. */
export function cellFolder(storageRoot: string, cell: string): string {
  return resolvePath(storageRoot, cell);
}

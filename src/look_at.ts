/**
 * What is at a path.
 *
 * @module
 */

/** What is at a path, a link as a link; `undefined` when nothing is. */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

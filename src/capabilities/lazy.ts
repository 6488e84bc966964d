/**
 * A capability whose code is loaded with the first cell that gets it.
 *
 * @module
 */

import type { Capability, CellContext } from "./capability.ts";
import { shapesOf } from "./contract.ts";

/**
 * Stands in for a capability of the contract. Its name, its shapes and its
 * needs are known at once; `load` brings the rest.
 */
export function lazily(
  name: string,
  permissions: NonNullable<Capability["permissions"]>,
  load: () => Promise<Capability>,
): Capability {
  let loaded: Capability | undefined;
  const capability = (): Capability => {
    if (loaded === undefined) {
      throw new TypeError(`Cannot use "${name}": it was not set up`);
    }
    return loaded;
  };
  return {
    name,
    stubs: shapesOf(name),
    permissions,
    async setup(env): Promise<void> {
      loaded ??= await load();
      await loaded.setup?.(env);
    },
    imports: (cell: CellContext) => capability().imports(cell),
    teardownCell: (cell) => loaded?.teardownCell?.(cell),
    teardown: () => loaded?.teardown?.(),
  };
}

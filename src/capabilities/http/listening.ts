/**
 * What the capabilities have in common that serve clients on a listener.
 *
 * @module
 */

import type { Capability, CellContext, HostCall } from "../capability.ts";
import { shapesOf } from "../contract.ts";
import { listenerNeeds } from "../needs.ts";
import type { Inbound, InboundInstance } from "./inbound_server.ts";

/**
 * A capability of the contract whose clients come through `server`: each
 * instance of a cell is open there from its start to its end.
 */
export function listening(
  name: string,
  server: Inbound,
  imports: (
    cell: CellContext,
    instance: InboundInstance,
  ) => Readonly<Record<string, HostCall>>,
): Capability {
  const instances = new Map<CellContext, InboundInstance>();
  return {
    name,
    stubs: shapesOf(name),
    permissions: listenerNeeds,
    imports: (cell) => {
      const instance = server.open(cell);
      instances.set(cell, instance);
      return imports(cell, instance);
    },
    teardownCell: (cell) => {
      instances.get(cell)?.close(cell.successor);
      instances.delete(cell);
    },
    teardown: () => server.close(),
  };
}

/**
 * From a name to its addresses, by the system's own rules (`/etc/hosts`, then
 * DNS), so that the addresses that are judged are those of the machine.
 *
 * @module
 */

const { lookup } = await import("node:dns");

/**
 * All addresses of a name. `undefined` when they can't be known beforehand:
 * the dialler then judges the address that it got connected to. Rejects when
 * the name has none.
 */
export type Resolve = (host: string) => Promise<readonly string[] | undefined>;

/** The system's resolver. */
export const systemResolve: Resolve = (host) => {
  const { promise, resolve, reject } = Promise.withResolvers<
    readonly string[] | undefined
  >();
  lookup(host, { all: true, verbatim: true }, (error, found) => {
    if (error === null) return resolve(found.map(({ address }) => address));
    // Deno resolves only for those who may connect to any port of the name.
    if (error.code === "EPERM") return resolve(undefined);
    reject(error);
  });
  return promise;
};

/**
 * Addresses to listen on, `host:port`.
 *
 * @module
 */

/** A parsed address. */
export interface ListenAddress {
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * Reads `host:port`, `[v6]:port` or, for every interface, `:port`. `undefined`
 * when it is none of these.
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]*):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[2]);
  const host = match[1]!;
  if (port > 65535) return undefined;
  return { hostname: host.replace(/^\[|\]$/g, "") || "0.0.0.0", port };
}

/** `host:port`, with brackets where they belong. */
export function formatListenAddress(
  { hostname, port }: ListenAddress,
): string {
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}

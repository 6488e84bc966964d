/**
 * What Deno has to grant for a control socket, at either end.
 *
 * @module
 */

import {
  descriptorOf,
  flagOf,
  type PermissionRequest,
} from "../../permissions/request.ts";
import { denoQuery, type PermissionQuery } from "../../permissions/verdict.ts";

/** What a Unix socket at an absolute path needs, whether it is opened or called. */
export function controlPermissions(path: string): PermissionRequest[] {
  const reason = "the control socket";
  return [
    { kind: "read", target: path, reason },
    { kind: "write", target: path, reason },
    // A comma separates targets of this flag, and can't be escaped in it.
    path.includes(",")
      ? { kind: "net", reason }
      : { kind: "net", target: `unix:${path}`, reason },
  ];
}

/** What of it is not granted. Asks without ever prompting. */
export function missingControlPermissions(
  path: string,
  query: PermissionQuery = denoQuery,
): PermissionRequest[] {
  return controlPermissions(path).filter((request) => {
    try {
      const descriptor = request.kind === "net"
        ? { name: "net", host: `unix:${path}` } as const
        : descriptorOf(request);
      return query(descriptor) !== "granted";
    } catch {
      // A path that Deno can't judge is one that it does not grant.
      return true;
    }
  });
}

/** The flags that grant some requests, as a person types them. */
export function flagsOf(requests: readonly PermissionRequest[]): string {
  return requests.map(flagOf).join(" ");
}

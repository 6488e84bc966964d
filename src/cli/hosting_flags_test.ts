import { assertEquals } from "@std/assert";
import type { HostingNeeds } from "../host/hosting_needs.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { hostingFlags, permissionSet } from "./hosting_flags.ts";

function hosting(
  requests: readonly Omit<PermissionRequest, "reason">[],
  denied: readonly string[] = [],
): HostingNeeds {
  return {
    needs: requests.map((request) => ({
      request: { ...request, reason: "test" },
      capability: "test",
      cell: "cell",
    })),
    closed: {
      denied: denied.map((range) => ({ range, kind: "private" })),
      open: [],
    },
  };
}

const READS = hosting([
  { kind: "read", target: "/w/cells/a" },
  { kind: "read", target: "/w/cells/a/cell.wasm" },
  { kind: "read", target: "/w/it, too" },
  { kind: "read", target: "/etc/tls.pem" },
  { kind: "run", target: "date" },
]);

Deno.test("permissionSet() names paths as Deno reads them from the folder of the file", () => {
  assertEquals(permissionSet(READS, "/w"), {
    read: ["cells/a", "it, too", "/etc/tls.pem"],
    run: ["date"],
  });
  assertEquals(permissionSet(READS, "/w/cells").read, [
    "a",
    "/w/it, too",
    "/etc/tls.pem",
  ]);
});

Deno.test("hostingFlags() asks for the folder where a flag can't name the path", () => {
  assertEquals(hostingFlags(READS, "/w"), [
    "--allow-read=.,/etc/tls.pem",
    "--allow-run=date",
  ]);
});

Deno.test("what is denied stands beside the whole of net, in either form", () => {
  const any = hosting([{ kind: "net" }, { kind: "env", target: "A" }], [
    "10.0.0.0/8",
    "[::1]",
  ]);
  assertEquals(hostingFlags(any, "/w"), [
    "--allow-net",
    "--deny-net=10.0.0.0/8,[::1]",
    "--allow-env=A",
  ]);
  assertEquals(permissionSet(any, "/w"), {
    net: { allow: true, deny: ["10.0.0.0/8", "[::1]"] },
    env: ["A"],
  });
  const open = hosting([{ kind: "net" }]);
  assertEquals(hostingFlags(open, "/w"), ["--allow-net"]);
  assertEquals(permissionSet(open, "/w"), { net: true });
});

Deno.test("nothing needed is no flag and an empty set", () => {
  assertEquals(hostingFlags(hosting([]), "/w"), []);
  assertEquals(permissionSet(hosting([]), "/w"), {});
});

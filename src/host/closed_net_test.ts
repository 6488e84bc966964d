import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  type IpRange,
  parseRange,
  rangesMeet,
} from "../capabilities/net/ip_address.ts";
import { closedNet } from "./closed_net.ts";
import type { HostingNeed } from "./need.ts";

/** A cell that may fetch from any public host. */
const ANY: HostingNeed = {
  request: { kind: "net", reason: "any public host" },
  capability: "transport.http.outbound",
  cell: "any",
};

function net(
  target: string,
  capability = "transport.http.inbound",
): HostingNeed {
  return {
    request: { kind: "net", target, reason: "test" },
    capability,
    cell: "other",
  };
}

function denied(...needs: readonly HostingNeed[]): string[] {
  return closedNet([ANY, ...needs]).denied.map(({ range }) => range);
}

const ALL = [
  ...["168.63.129.16", "192.0.0.192", "[fd00:ec2::254]", "0.0.0.0/8"],
  ...["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
  ...["172.16.0.0/12", "192.168.0.0/16", "[::]", "[::1]"],
];

Deno.test("closedNet() denies nothing unless the whole of net is granted", () => {
  assertEquals(closedNet([]), { denied: [], open: [] });
  assertEquals(closedNet([net("127.0.0.1:8080"), net("example.com:443")]), {
    denied: [],
    open: [],
  });
});

Deno.test("closedNet() denies what is not public, and says what Deno can't be told", () => {
  const closed = closedNet([ANY]);
  assertEquals(closed.denied.map(({ range }) => range), ALL);
  assertEquals(closed.open, [
    { range: "64:ff9b:1::/48", kind: "private" },
    { range: "fc00::/7", kind: "private" },
    { range: "fe80::/10", kind: "link-local" },
    { range: "fec0::/10", kind: "private" },
  ]);
});

Deno.test("closedNet() leaves open what the set needs, and names the need", () => {
  const cases: readonly (readonly [need: HostingNeed, open: string[]])[] = [
    [net("127.0.0.1:8080"), ["127.0.0.0/8"]],
    [net("localhost:8080"), ["127.0.0.0/8", "[::1]"]],
    [net("db.localhost", "transport.http.outbound"), ["127.0.0.0/8", "[::1]"]],
    [net("0.0.0.0:80"), ["0.0.0.0/8"]],
    [net("[::]:80"), ["[::]"]],
    [net("[::1]:80"), ["[::1]"]],
    [net("10.1.2.3:8443", "transport.http.outbound"), ["10.0.0.0/8"]],
    [net("[::ffff:10.1.2.3]:1"), ["10.0.0.0/8"]],
    [net("[fd00:ec2::254]:80"), ["[fd00:ec2::254]"]],
    [net("100.64.0.0/10", "network.udp"), ["100.64.0.0/10"]],
    [net("169.254.169.254:80"), ["169.254.0.0/16"]],
    [net("192.0.0.0/8"), ["192.0.0.192", "192.168.0.0/16"]],
    [net("unix:/run/x"), []],
    [net("api.example.com:443", "transport.http.outbound"), []],
    [net("time.example.com:123", "network.udp"), []],
    // Whoever listens on a name does so wherever it points.
    [net("here.example.com:80"), ALL],
    [net("*.example.com", "example.own"), ALL],
  ];
  for (const [need, open] of cases) {
    const closed = denied(need);
    const opened = ALL.filter((range) => !closed.includes(range));
    assertEquals(opened, open, need.request.target);
    const kept = closedNet([ANY, need]).open.filter((it) => it.need === need);
    for (const range of open) {
      assert(
        kept.some((it) => it.range === range),
        `${range} is not explained`,
      );
    }
  }
});

Deno.test("closedNet() keeps a metadata address closed in a range that stays open", () => {
  // 100.100.100.200 lies in 100.64.0.0/10, which is open as a whole.
  assert(denied(net("100.65.1.1:80")).includes("100.100.100.200"));
  assert(!denied(net("100.100.100.200:80")).includes("100.100.100.200"));
});

Deno.test("closedNet() denies nothing to an extension that asks for the whole of net", () => {
  const whole = { kind: "net", reason: "its peers" } as const;
  const need = { request: whole, capability: "example.own", cell: "own" };
  assertEquals(denied(need), []);
});

Deno.test("closedNet() takes a range that needs the whole of net for that range", () => {
  const request = { kind: "net", grants: "10.0.0.0/8", reason: "r" } as const;
  const need = { request, capability: "network.udp", cell: "udp" };
  const closed = closedNet([need]);
  assertEquals(
    closed.denied.map(({ range }) => range),
    ALL.filter((range) => range !== "10.0.0.0/8"),
  );
});

Deno.test("closedNet() never denies what an address of the set lies in", () => {
  const byte = fc.nat(255);
  const address = fc.tuple(
    fc.constantFrom(0, 8, 10, 100, 127, 169, 172, 192),
    byte,
    byte,
    byte,
  ).map((bytes) => bytes.join("."));
  const target = fc.oneof(
    address.map((it) => `${it}:80`),
    fc.tuple(address, fc.nat(32)).map(([it, bits]) => `${it}/${bits}`),
    fc.ipV6().filter((it) => !it.includes(".")).map((it) => `[${it}]:80`),
  );
  fc.assert(fc.property(fc.array(target, { maxLength: 4 }), (targets) => {
    const closed = denied(...targets.map((it) => net(it)));
    for (const used of targets.map(rangeOf)) {
      for (const range of closed.map(rangeOf)) {
        assert(!rangesMeet(used, range));
      }
    }
  }));
});

/** The range of a target, its port aside. */
function rangeOf(target: string): IpRange {
  const host = target.replace(/:80$/, "").replace(/^\[|\]$/g, "");
  const whole = host.includes("/")
    ? host
    : `${host}/${host.includes(":") ? 128 : 32}`;
  const range = parseRange(whole);
  assert(range !== undefined, target);
  return range;
}

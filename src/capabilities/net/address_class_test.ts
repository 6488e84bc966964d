import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type AddressClass, classifyAddress } from "./address_class.ts";
import { formatIp, parseIp, parseRange, rangeHolds } from "./ip_address.ts";

const CLASSES: readonly (readonly [string, AddressClass])[] = [
  ["1.1.1.1", "public"],
  ["8.8.8.8", "public"],
  ["172.15.255.255", "public"],
  ["172.32.0.0", "public"],
  ["100.63.255.255", "public"],
  ["100.128.0.0", "public"],
  ["198.20.0.0", "public"],
  ["223.255.255.255", "public"],
  ["0.0.0.0", "unspecified"],
  ["0.1.2.3", "unspecified"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["10.0.0.1", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "shared"],
  ["100.127.255.255", "shared"],
  ["169.254.0.1", "link-local"],
  ["169.254.169.254", "metadata"],
  ["169.254.170.2", "metadata"],
  ["168.63.129.16", "metadata"],
  ["100.100.100.200", "metadata"],
  ["192.0.0.192", "metadata"],
  ["192.0.0.8", "reserved"],
  ["192.0.2.1", "documentation"],
  ["198.51.100.7", "documentation"],
  ["203.0.113.7", "documentation"],
  ["192.88.99.1", "tunnel"],
  ["198.18.0.1", "benchmarking"],
  ["198.19.255.255", "benchmarking"],
  ["224.0.0.1", "multicast"],
  ["239.255.255.255", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["::", "unspecified"],
  ["::1", "loopback"],
  ["0:0:0:0:0:0:0:1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["::ffff:8.8.8.8", "public"],
  // IPv4-compatible and IPv4-translated: nobody's, so closed.
  ["::127.0.0.1", "reserved"],
  ["::ffff:0:127.0.0.1", "reserved"],
  ["64:ff9b::10.0.0.1", "private"],
  ["64:ff9b::a9fe:a9fe", "metadata"],
  ["64:ff9b::8.8.8.8", "public"],
  ["64:ff9b:1::1", "private"],
  ["2001::1", "tunnel"],
  ["2002:7f00:1::", "tunnel"],
  ["2001:2::1", "benchmarking"],
  ["2001:20::1", "reserved"],
  ["2001:db8::1", "documentation"],
  ["3fff::1", "documentation"],
  ["fc00::1", "private"],
  ["fd12:3456::1", "private"],
  ["fd00:ec2::254", "metadata"],
  ["fe80::1", "link-local"],
  ["fe80::1%eth0", "link-local"],
  ["fec0::1", "private"],
  ["ff02::1", "multicast"],
  ["4000::1", "reserved"],
  ["100::1", "reserved"],
  ["2606:4700::1111", "public"],
  ["[2a00:1450::1]", "public"],
  ["nonsense", "reserved"],
  ["127.1", "reserved"],
  ["0177.0.0.1", "reserved"],
];

for (const [text, kind] of CLASSES) {
  Deno.test(`classifyAddress() takes ${text} as ${kind}`, () => {
    assertEquals(classifyAddress(text), kind);
  });
}

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

Deno.test("parseIp() reads back what formatIp() wrote, and agrees with the URL parser", () => {
  fc.assert(
    fc.property(fc.oneof(bytes(4), bytes(16)), (raw) => {
      const text = formatIp({ bytes: raw });
      const again = parseIp(text)!;
      assertEquals(
        formatIp(again),
        text.includes(":") ? formatIp(again) : text,
      );
      assertEquals(again.bytes, parseIp(formatIp(again))!.bytes);
      const host = raw.length === 4 ? text : `[${text}]`;
      assertEquals(new URL(`http://${host}/`).hostname, host);
    }),
  );
});

Deno.test("parseIp() never reads what the URL parser takes for a name", () => {
  fc.assert(
    fc.property(fc.domain(), (name) => {
      assertEquals(parseIp(name), undefined);
    }),
  );
});

Deno.test("classifyAddress() gives a mapped address the class of the address in it", () => {
  fc.assert(
    fc.property(bytes(4), (raw) => {
      const v4 = raw.join(".");
      assertEquals(classifyAddress(`::ffff:${v4}`), classifyAddress(v4));
      assertEquals(classifyAddress(`64:ff9b::${v4}`), classifyAddress(v4));
    }),
  );
});

Deno.test("a range holds exactly the addresses that share its bits", () => {
  fc.assert(
    fc.property(bytes(4), bytes(4), fc.nat(32), (a, b, bits) => {
      const range = parseRange(`${a.join(".")}/${bits}`)!;
      const bit = (raw: Uint8Array): string =>
        [...raw].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      assertEquals(
        rangeHolds(range, { bytes: b }),
        bit(a).slice(0, bits) === bit(b).slice(0, bits),
      );
    }),
  );
  assert(parseRange("10.0.0.0/33") === undefined);
  assert(parseRange("10.0.0.0/") === undefined);
  assert(parseRange("10.0.0.0") === undefined);
});

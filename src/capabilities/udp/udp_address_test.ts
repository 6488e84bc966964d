import { assertEquals } from "@std/assert";
import { parseUdpAddress } from "./udp_address.ts";

Deno.test("parseUdpAddress() reads names, addresses and ports", () => {
  const read = (text: string): unknown => {
    const target = parseUdpAddress(text);
    return target && [target.host, target.port, target.literal?.bytes.length];
  };
  assertEquals(read("127.0.0.1:53"), ["127.0.0.1", 53, 4]);
  assertEquals(read("[::1]:0"), ["[::1]", 0, 16]);
  assertEquals(read("[::ffff:127.0.0.1]:1"), ["[::ffff:127.0.0.1]", 1, 4]);
  assertEquals(read("[fe80::1%eth0]:1"), ["[fe80::1%eth0]", 1, 16]);
  assertEquals(read(":9000"), ["0.0.0.0", 9000, 4]);
  assertEquals(read("Example.COM.:65535"), ["example.com", 65535, undefined]);
  // What resolvers take for an address stays a name, to be judged by what it stands for.
  assertEquals(read("0x7f000001:1"), ["0x7f000001", 1, undefined]);
});

Deno.test("parseUdpAddress() refuses the rest", () => {
  for (
    const text of [
      "",
      "127.0.0.1",
      "127.0.0.1:",
      "127.0.0.1:65536",
      "127.0.0.1:-1",
      "127.0.0.1:http",
      "127.0.0.1:0x10",
      "::1:53",
      "[::1]",
      "[::1]53",
      "[localhost]:1",
      "a b:1",
      "a\0:1",
      "user@host:1",
      "host:1:2",
      " 127.0.0.1:1",
      "%31:1",
    ]
  ) assertEquals(parseUdpAddress(text), undefined, text);
});

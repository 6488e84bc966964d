import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { netTargetFault } from "./net_target.ts";

Deno.test("netTargetFault() finds nothing wrong with what --allow-net takes", () => {
  for (
    const item of [
      "example.com",
      "Example.com:443",
      "localhost",
      "a_b.example",
      "xn--bcher-kva.example",
      "3com.example",
      "127.0.0.1",
      "127.0.0.1:0",
      "255.255.255.255:65535",
      "[::1]",
      "[::1]:80",
      "[::ffff:1.2.3.4]:1",
      "10.0.0.0/8",
      "0.0.0.0/0",
      "1.2.3.4/32",
    ]
  ) {
    assertEquals(netTargetFault(item), undefined, item);
    Deno.permissions.querySync({ name: "net", host: item });
  }
});

Deno.test("netTargetFault() lets nothing through that Deno refuses", () => {
  const piece = fc.constantFrom(
    ...["a", "b-c", "_", "1", "255", "256", "01", ".", "..", ":", "[", "]"],
    ...["/", "*", "::", "%", "@", ",", " ", "//", "http", "80", "99999", "e"],
  );
  const item = fc.array(piece, { minLength: 1, maxLength: 7 })
    .map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(fc.oneof(item, fc.string(), fc.ipV4(), fc.ipV6()), (host) => {
      if (host === "" || netTargetFault(host) !== undefined) return;
      Deno.permissions.querySync({ name: "net", host });
    }),
    { numRuns: 2000 },
  );
});

Deno.test("netTargetFault() accepts every address in its one right form", () => {
  fc.assert(fc.property(fc.ipV4(), fc.ipV6(), (v4, v6) => {
    assertEquals(netTargetFault(v4), undefined);
    assertEquals(netTargetFault(`[${v6}]:80`), undefined);
  }));
});

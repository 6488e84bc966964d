import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { classifyAddress } from "./address_class.ts";
import { EgressPolicy } from "./egress.ts";
import { parseFetchUrl } from "../http/fetch_url.ts";
import { parseIp } from "./ip_address.ts";

/** Whether the policy lets a URL through whose host stands for `address`. */
function allows(
  list: readonly string[] | undefined,
  url: string,
  address?: string,
): boolean {
  const policy = new EgressPolicy(list);
  const { target } = parseFetchUrl(url);
  if (policy.checkTarget(target) !== undefined) return false;
  return address === undefined ||
    policy.checkAddress(target, parseIp(address)!) === undefined;
}

Deno.test("without a list public targets are open and all others closed", () => {
  assertEquals(
    allows(undefined, "https://example.com/", "93.184.216.34"),
    true,
  );
  assertEquals(allows(undefined, "http://1.1.1.1/"), true);
  assertEquals(allows(undefined, "http://[2606:4700::1111]/"), true);
  assertEquals(allows(undefined, "https://example.com/", "10.0.0.1"), false);
  assertEquals(allows(undefined, "http://localhost/"), false);
  assertEquals(allows(undefined, "http://a.b.localhost/"), false);
});

Deno.test("with a list only its hosts and ports are open", () => {
  const list = ["example.com", "api.test:8443", "1.1.1.1:80"];
  assertEquals(allows(list, "https://example.com/", "1.2.3.4"), true);
  assertEquals(allows(list, "http://EXAMPLE.com.:99/", "1.2.3.4"), true);
  assertEquals(allows(list, "https://sub.example.com/"), false);
  assertEquals(allows(list, "https://notexample.com/"), false);
  assertEquals(allows(list, "https://api.test:8443/", "1.2.3.4"), true);
  assertEquals(allows(list, "https://api.test/"), false);
  assertEquals(allows(list, "http://1.1.1.1/"), true);
  assertEquals(allows(list, "https://1.1.1.1/"), false);
  assertEquals(allows(list, "http://8.8.8.8/"), false);
  assertEquals(allows([], "http://8.8.8.8/"), false);
  assertEquals(
    allows(["not//an entry", "*.example.com", "*"], "http://a.example.com/"),
    false,
  );
});

Deno.test("a listed name reaches a private address only when that is listed too", () => {
  assertEquals(allows(["db.test"], "http://db.test/", "10.1.2.3"), false);
  assertEquals(
    allows(["db.test", "10.0.0.0/8"], "http://db.test/", "10.1.2.3"),
    true,
  );
  assertEquals(
    allows(["db.test", "10.1.2.3:80"], "http://db.test/", "10.1.2.3"),
    true,
  );
  assertEquals(
    allows(["db.test", "10.1.2.3:81"], "http://db.test/", "10.1.2.3"),
    false,
  );
  assertEquals(
    allows(["db.test", "10.0.0.0/8"], "http://db.test/", "127.0.0.1"),
    false,
  );
  assertEquals(
    allows(["db.test", "10.0.0.0/8"], "http://db.test/", "::ffff:10.1.2.3"),
    true,
  );
  assertEquals(
    allows(["db.test", "[fd00::1]"], "http://db.test/", "fd00::1"),
    true,
  );
});

Deno.test("a listed range covers literals, not names", () => {
  assertEquals(allows(["10.0.0.0/8"], "http://10.1.2.3:9/"), true);
  assertEquals(allows(["10.0.0.0/8"], "http://db.test/"), false);
  assertEquals(allows(["169.254.169.254"], "http://169.254.169.254/"), true);
});

Deno.test("localhost, when listed, covers loopback alone", () => {
  assertEquals(allows(["localhost"], "http://localhost/", "127.0.0.1"), true);
  assertEquals(allows(["localhost"], "http://localhost/", "::1"), true);
  assertEquals(allows(["localhost"], "http://localhost/", "10.0.0.1"), false);
  assertEquals(allows(["localhost"], "http://localhost/", "8.8.8.8"), false);
  assertEquals(allows(["localhost"], "http://127.0.0.1/"), false);
  assertEquals(
    allows(["a.localhost"], "http://a.localhost/", "127.0.0.1"),
    true,
  );
});

Deno.test("a refusal says why, and which line would allow the target", () => {
  const policy = new EgressPolicy(["db.test"]);
  const { target } = parseFetchUrl("http://db.test:5432/");
  const denial = policy.checkAddress(target, parseIp("10.0.0.9")!)!;
  assertStringIncludes(denial.reason, "10.0.0.9, a private address");
  assertEquals(denial.hint, '[permissions] net = ["10.0.0.9:5432"]');
});

Deno.test("whatever the spelling, no unlisted private literal passes", () => {
  fc.assert(
    fc.property(fc.ipV4Extended(), (text) => {
      const url = URL.parse(`http://${text}/`);
      if (url === null) return;
      assertEquals(
        allows(undefined, url.href),
        classifyAddress(url.hostname) === "public",
      );
    }),
  );
});

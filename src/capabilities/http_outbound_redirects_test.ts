import { assertEquals, assertStringIncludes } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { FakeCell, serveTest } from "./http/testing/fake_cell.ts";
import { mirror, newCell, redirects } from "./http/testing/outbound_cell.ts";
import { Upstream } from "./http/testing/upstream.ts";
import { httpOutbound } from "./http_outbound.ts";

Deno.test("http_fetch follows redirects as Go does", async () => {
  await using server = serveTest(redirects);
  await using cell = newCell();
  const base = `http://127.0.0.1:${server.port}/go?to=/end&status=`;
  for (
    const [status, method, expected] of [
      [301, "POST", "GET"],
      [302, "PUT", "GET"],
      [303, "POST", "GET"],
      [303, "HEAD", "HEAD"],
      [307, "POST", "POST"],
      [308, "DELETE", "DELETE"],
    ] as const
  ) {
    const body = method === "HEAD" ? null : new TextEncoder().encode("data");
    const answer = await cell.fetch({
      method,
      url: base + status,
      headers: { "Content-Type": "a/b", "X-Keep": "1" },
      body,
    });
    assertEquals(answer.status, 200);
    assertEquals(server.seen.at(-1), `${expected} /end`);
    if (expected === "HEAD") continue;
    const seen = JSON.parse(answer.text);
    assertEquals(seen.body, expected === "GET" ? "" : "data");
    assertEquals(seen.headers["x-keep"], "1");
    assertEquals(
      seen.headers["content-type"],
      expected === "GET" ? undefined : "a/b",
    );
  }
});

Deno.test("http_fetch returns a redirect without a location, and other 3xx, as they are", async () => {
  await using server = serveTest(redirects);
  await using cell = newCell();
  const base = `http://127.0.0.1:${server.port}/go?`;
  assertEquals((await cell.fetch({ url: `${base}status=302` })).text, "moved");
  assertEquals(
    (await cell.fetch({ url: `${base}status=300&to=/x` })).status,
    300,
  );
});

Deno.test("http_fetch follows a location in UTF-8 to where it says", async () => {
  using upstream = new Upstream();
  await using cell = new FakeCell(httpOutbound(), {
    net: [new URL(upstream.url).host],
  });
  const fetched = cell.fetch({ url: upstream.url });
  using first = await upstream.accept();
  await first.write(
    "HTTP/1.1 302 Found\r\nLocation: /é?q=ü\r\nContent-Length: 0\r\n\r\n",
  );
  using second = await upstream.accept("HTTP/1.1 204 No Content\r\n\r\n");
  assertEquals((await fetched).code, 0);
  assertStringIncludes(second.seen, "GET /%C3%A9?q=%C3%BC HTTP/1.1");
});

Deno.test("http_fetch stops after ten redirects", async () => {
  await using server = serveTest(redirects);
  await using cell = newCell();
  const to = encodeURIComponent("/go?to=" + encodeURIComponent("/go"));
  const loop = serveTest(() =>
    new Response(null, { status: 302, headers: { location: "/again" } })
  );
  await using _ = loop;
  const answer = await cell.fetch({ url: `http://127.0.0.1:${loop.port}/` });
  assertEquals(answer.code, 4);
  assertEquals(loop.seen.length, LIMITS.fetchRedirects + 1);
  assertStringIncludes(String(cell.records[0]?.fields.error), "10 redirects");
  // One that ends is fine.
  const url = `http://127.0.0.1:${server.port}/go?to=${to}`;
  assertEquals((await cell.fetch({ url })).text, "moved");
});

Deno.test("http_fetch keeps secrets on the host that they were meant for", async () => {
  await using other = serveTest(mirror);
  await using server = serveTest(redirects);
  await using cell = newCell();
  const headers = {
    "Authorization": "Bearer x",
    "Cookie": "a=b",
    "X-Keep": "1",
  };
  const same = await cell.fetch({
    url: `http://127.0.0.1:${server.port}/go?to=/end`,
    headers,
  });
  assertEquals(JSON.parse(same.text).headers.authorization, "Bearer x");
  const crossed = await cell.fetch({
    url:
      `http://127.0.0.1:${server.port}/go?to=http://localhost:${other.port}/`,
    headers,
  });
  const seen = JSON.parse(crossed.text).headers;
  assertEquals([seen.authorization, seen.cookie, seen["x-keep"]], [
    undefined,
    undefined,
    "1",
  ]);
});

Deno.test("a redirect to a target that is not allowed is refused before it is dialled", async () => {
  await using other = serveTest(mirror);
  await using server = serveTest(redirects);
  await using cell = newCell([`127.0.0.1:${server.port}`]);
  for (
    const to of [
      `http://127.0.0.1:${other.port}/`,
      `http://localhost:${other.port}/`,
      "http://169.254.169.254/",
      "//10.0.0.1/",
    ]
  ) {
    const url = `http://127.0.0.1:${server.port}/go?to=${
      encodeURIComponent(to)
    }`;
    assertEquals((await cell.fetch({ url })).code, 11, to);
  }
  assertEquals(other.seen, []);
  for (
    const to of ["file:///etc/passwd", "http://a:b@127.0.0.1/", "http://["]
  ) {
    const url = `http://127.0.0.1:${server.port}/go?to=${
      encodeURIComponent(to)
    }`;
    assertEquals((await cell.fetch({ url })).code, 4, to);
  }
});

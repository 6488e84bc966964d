import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { dial } from "./http/dial.ts";
import { parseFetchUrl } from "./http/fetch_url.ts";
import { FakeCell, serveTest } from "./http/testing/fake_cell.ts";
import { LOOPBACK, mirror, redirects } from "./http/testing/outbound_cell.ts";
import { FORBIDDEN } from "./http/testing/targets.ts";
import { TEST_CERT, TEST_KEY } from "./http/testing/tls.ts";
import { httpOutbound } from "./http_outbound.ts";
import { EgressPolicy } from "./net/egress.ts";

/** Fetches in a process of its own, and gives its answers and log. */
async function fetchUnder(
  flags: readonly string[],
  net: readonly string[] | undefined,
  urls: readonly string[],
  resolved?: Readonly<Record<string, readonly string[]>>,
): Promise<{ codes: number[]; texts: string[]; log: string }> {
  const script = new URL("http/testing/fetch.ts", import.meta.url);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      ...flags,
      fromFileUrl(script),
      JSON.stringify({ net, urls, resolved }),
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const out = new TextDecoder().decode(stdout);
  if (out === "") throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(out);
}

Deno.test("a process that is narrowed to a listed name and port fetches from it, and from nowhere else", async () => {
  await using server = serveTest(redirects);
  await using secure = serveTest(mirror, {
    tls: { cert: TEST_CERT, key: TEST_KEY },
  });
  const net = [`localhost:${server.port}`, `localhost:${secure.port}`];
  const { codes, texts, log } = await fetchUnder(
    [`--allow-net=${net.join(",")}`],
    [...net, "other.test"],
    [
      `http://localhost:${server.port}/`,
      `https://localhost:${secure.port}/`,
      `http://127.0.0.1:${server.port}/`,
      `http://other.test/`,
      `http://localhost:${server.port}/go?to=http://127.0.0.1:1/`,
    ],
  );
  assertEquals(codes, [0, 0, 11, 11, 11], log);
  assertEquals(JSON.parse(texts[0]!).headers.host, net[0]);
  assertStringIncludes(log, "run with --allow-net=other.test:80");
});

Deno.test("a fetch goes to the address that was judged, under the name of the URL", async () => {
  await using server = serveTest(mirror);
  await using secure = serveTest(mirror, {
    tls: { cert: TEST_CERT, key: TEST_KEY },
  });
  const { codes, texts, log } = await fetchUnder(
    ["--allow-net"],
    ["pinned.test", "127.0.0.1"],
    [
      `http://pinned.test:${server.port}/`,
      `https://pinned.test:${secure.port}/`,
    ],
    // No resolver knows this name, so nothing but the pin leads there.
    { "pinned.test": ["127.0.0.1"] },
  );
  assertEquals(codes, [0, 0], log);
  assertEquals(
    JSON.parse(texts[0]!).headers.host,
    `pinned.test:${server.port}`,
  );
});

Deno.test("the next address is tried when one takes no connection", async () => {
  await using server = serveTest(mirror);
  const { codes, log } = await fetchUnder(
    ["--allow-net"],
    ["pinned.test", "127.0.0.0/8", "[::1]"],
    [`http://pinned.test:${server.port}/`],
    { "pinned.test": ["::1", "127.0.0.1"] },
  );
  assertEquals(codes, [0], log);
});

Deno.test("what Deno denies stays denied", async () => {
  await using server = serveTest(mirror);
  const { codes, log } = await fetchUnder(
    ["--allow-net", "--deny-net=127.0.0.0/8"],
    ["127.0.0.1", "localhost"],
    [
      `http://127.0.0.1:${server.port}/`,
      `http://localhost:${server.port}/`,
    ],
  );
  assertEquals(codes, [11, 11], log);
  assertEquals(server.seen, []);
});

Deno.test("http_fetch refuses private targets in every spelling, without a list and with one", async () => {
  for (const net of [undefined, ["example.com", "1.1.1.1"]]) {
    await using cell = new FakeCell(
      httpOutbound(),
      net === undefined ? {} : { net },
    );
    for (const url of FORBIDDEN) {
      assertEquals((await cell.fetch({ url })).code, 11, url);
    }
    assertEquals(cell.records.length, FORBIDDEN.length);
  }
});

Deno.test("a refusal is logged with the manifest line that would allow it", async () => {
  await using cell = new FakeCell(httpOutbound());
  await cell.fetch({ url: "http://127.0.0.1:81/secret?token=x" });
  const [record] = cell.records;
  assertEquals(record?.level, "warn");
  assertEquals(record?.message, "fetch not allowed");
  assertEquals(record?.fields, {
    capability: "transport.http.outbound",
    target: "http://127.0.0.1:81",
    error: 'Cannot fetch from "127.0.0.1:81": it is a loopback address',
    hint: 'add to the manifest: [permissions] net = ["127.0.0.1:81"]',
  });
});

Deno.test("a name is refused when any of its addresses is", async () => {
  await using cell = new FakeCell(
    httpOutbound({
      resolve: () => Promise.resolve(["93.184.216.34", "10.0.0.1"]),
    }),
  );
  assertEquals((await cell.fetch({ url: "https://example.com/" })).code, 11);
  assertStringIncludes(
    String(cell.records[0]?.fields.error),
    "10.0.0.1, a private",
  );
});

Deno.test("a name that is rebound between two requests is refused the second time", async () => {
  await using server = serveTest(mirror);
  const answers = [["127.0.0.1"], ["10.0.0.1"]];
  await using cell = new FakeCell(
    httpOutbound({ resolve: () => Promise.resolve(answers.shift()!) }),
    { net: LOOPBACK },
  );
  const url = `http://localhost:${server.port}/`;
  assertEquals((await cell.fetch({ url })).code, 0);
  assertEquals((await cell.fetch({ url })).code, 11);
  // Asked once for each request: what is judged is what is dialled.
  assertEquals(answers, []);
});

Deno.test("a connection that reached a forbidden address is dropped before a byte is sent", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const accepted = listener.accept();
  const dialled = dial(parseFetchUrl(`http://localhost:${port}/`), {
    // As if the name were one of the internet: nobody resolves it beforehand.
    policy: {
      checkTarget: () => undefined,
      checkAddress: ({ port }, address) =>
        new EgressPolicy(undefined).checkAddress(
          { host: "name.test", port },
          address,
        ),
    },
    resolve: () => Promise.resolve(undefined),
    caCerts: [],
  }, new AbortController().signal);
  const message = await dialled.then(() => "dialled", (error) => error.message);
  assertStringIncludes(message, "it stands for 127.0.0.1, a loopback address");
  using conn = await accepted;
  assertEquals(await conn.read(new Uint8Array(1)), null);
});

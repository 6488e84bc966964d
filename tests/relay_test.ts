import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { type ManifestFields, writeCell } from "./guests/build.ts";
import { assertClean } from "./support/bad_input.ts";
import { HostProcess } from "./support/host_process.ts";
import { inPairs, type Outcome, pulp } from "./support/pulp.ts";

/** A server on this machine that the cell is to fetch from. */
interface Site extends AsyncDisposable {
  readonly host: string;
  /** Method and path of each request. */
  readonly requests: string[];
}

function serve(answer: (request: Request) => Response): Site {
  const requests: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { pathname, search } = new URL(request.url);
      requests.push(`${request.method} ${pathname}${search}`);
      return answer(request);
    },
  );
  return {
    host: `127.0.0.1:${server.addr.port}`,
    requests,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Writes the cell relay with a URL of its own; `net` is its manifest's list. */
async function relayIn(
  dir: TempDir,
  name: string,
  url: string,
  net?: readonly string[],
  capabilities: readonly string[] = ["transport.http.outbound"],
): Promise<string> {
  const manifest: ManifestFields = {
    provides: ["fetch", "peek"],
    capabilities,
    ...(net === undefined ? {} : { permissions: { net } }),
    config: `url = "${url}"`,
  };
  const wasm = await Deno.readFile("cells/relay/cell.wasm");
  return await writeCell(dir.path, { name, wasm, manifest });
}

function fetchBy(
  path: string,
  dir: TempDir,
  net: string,
  call: readonly string[] = ["fetch"],
): Promise<Outcome> {
  return pulp(["call", path, ...call], { allow: [`read=${dir.path}`, net] });
}

Deno.test("relay fetches from a server that its manifest lists", async () => {
  await using dir = new TempDir();
  await using site = serve(() =>
    new Response("Grüße", {
      status: 203,
      headers: { "x-odd-name": "yes", "content-type": "text/plain" },
    })
  );
  const path = await relayIn(dir, "relay", `http://${site.host}/a?b=c`, [
    site.host,
  ]);
  const { code, out, err } = await fetchBy(path, dir, `net=${site.host}`);
  assertEquals([code, err], [0, ""]);
  const answer = JSON.parse(out);
  assertEquals([answer.status, answer.body], [203, "Grüße"]);
  assertEquals(answer.headers["X-Odd-Name"], "yes");
  assertEquals(answer.headers["Content-Type"], "text/plain");
  assertEquals(site.requests, ["GET /a?b=c"]);
});

Deno.test("relay peeks at the start of a body that has no end", async () => {
  await using dir = new TempDir();
  const gone = Promise.withResolvers<void>();
  await using site = serve(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(4096).fill(97)),
        cancel: () => gone.resolve(),
      }),
    )
  );
  const path = await relayIn(dir, "relay", `http://${site.host}/`, [site.host]);
  const peek = (args: string): Promise<Outcome> =>
    fetchBy(path, dir, `net=${site.host}`, ["peek", args]);
  const { code, out, err } = await peek('{"bytes": 6}');
  assertEquals([code, err], [0, ""]);
  assertEquals(JSON.parse(out), { status: 200, body: { $bytes: "YWFhYWFh" } });
  await gone.promise;
  for (const args of ['{"bytes": 0}', '{"bytes": 65537}', "{}"]) {
    const refused = await peek(args);
    assertEquals([refused.code, refused.out], [1, ""], args);
    assertStringIncludes(refused.err, "peek takes {bytes}, from 1 to 65536");
  }
});

Deno.test("relay serves what it fetched, through run", async () => {
  await using dir = new TempDir();
  await using site = serve(() =>
    new Response(new Uint8Array([0, 255, 1]), {
      headers: { "content-type": "image/x-three" },
    })
  );
  const path = await relayIn(dir, "relay", `http://${site.host}/`, [
    site.host,
  ], ["transport.http.inbound", "transport.http.outbound"]);
  await using host = HostProcess.run([path, "--listen=127.0.0.1:0"], [
    `read=${dir.path}`,
    `net=127.0.0.1:0,${site.host}`,
  ]);
  await host.ready("relay");
  const response = await fetch(`${await host.url()}/relay`);
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "image/x-three");
  assertEquals(await response.bytes(), new Uint8Array([0, 255, 1]));
  assertEquals(await host.stop(), 0);
});

Deno.test("relay reaches no server but those that its manifest lists, whatever Deno grants", async (t) => {
  await using dir = new TempDir();
  await using secret = serve(() => new Response("secret"));
  await using open = serve(() =>
    Response.redirect(`http://${secret.host}/`, 302)
  );
  const url = `http://${secret.host}/`;
  const port = secret.host.split(":")[1] ?? "";
  const [, openPort] = open.host.split(":");
  const cases: readonly (readonly [
    name: string,
    url: string,
    net: readonly string[] | undefined,
  ])[] = [
    ["another host is listed", url, ["example.com:443"]],
    ["another port is listed", url, [`127.0.0.1:${openPort}`]],
    ["nothing is listed", url, []],
    ["a listed server redirects to it", `http://${open.host}/`, [open.host]],
    ["no list, and a private address", url, undefined],
    ["no list, and a name of it", `http://localhost:${port}/`, undefined],
    [
      "no list, and another way to write it",
      `http://2130706433:${port}/`,
      undefined,
    ],
    [
      "no list, and IPv6 around it",
      `http://[::ffff:127.0.0.1]:${port}/`,
      undefined,
    ],
    [
      "no list, and where clouds keep secrets",
      "http://169.254.169.254/",
      undefined,
    ],
    ["a scheme that is no HTTP", "file:///etc/passwd", undefined],
  ];
  const outcomes = await inPairs([...cases.entries()], async ([index, it]) => {
    const [, target, net] = it;
    const path = await relayIn(dir, `r${index}`, target, net);
    return await fetchBy(path, dir, "net");
  });
  for (const [index, [name]] of cases.entries()) {
    await t.step(name, () => {
      const outcome = outcomes[index];
      assert(outcome !== undefined);
      assertEquals([outcome.code, outcome.out], [1, ""], outcome.err);
      assertMatch(
        outcome.err,
        /^error: Cannot call "fetch" of cell "r\d": Cannot fetch ".*": /m,
      );
      assertClean(outcome);
    });
  }
  assertEquals(secret.requests, []);
});

Deno.test("call gives a cell with a list a worker, which needs no flag, also where flags are wider", async () => {
  await using dir = new TempDir();
  const path = await relayIn(dir, "relay", "http://127.0.0.1:1/", [
    "127.0.0.1:1",
  ]);
  const { code, out, err } = await pulp(["call", path, "fetch"], {
    allow: [`read=${dir.path}`, "net"],
  });
  assertEquals([code, out], [1, ""]);
  assertStringIncludes(err, 'Cannot fetch "http://127.0.0.1:1/"');
});

Deno.test("relay without a list needs net for any host", async () => {
  await using dir = new TempDir();
  const path = await relayIn(dir, "relay", "http://example.com/");
  const { code, err } = await fetchBy(path, dir, "net=example.com");
  assertEquals(code, 3);
  assertMatch(
    err,
    /^ {2}transport\.http\.outbound +line \d+ +missing +--allow-net$/m,
  );
});

Deno.test("relay says that a server is not there, and ends at its deadline", async (t) => {
  await using dir = new TempDir();
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr as Deno.NetAddr;
  closed.close();
  await t.step("nobody listens", async () => {
    const path = await relayIn(dir, "gone", `http://127.0.0.1:${port}/`, [
      `127.0.0.1:${port}`,
    ]);
    const outcome = await fetchBy(path, dir, `net=127.0.0.1:${port}`);
    assertEquals([outcome.code, outcome.out], [1, ""]);
    assertStringIncludes(
      outcome.err,
      `Cannot fetch "http://127.0.0.1:${port}/"`,
    );
    assertClean(outcome);
  });
  await t.step("nobody answers", async () => {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const host = `127.0.0.1:${(silent.addr as Deno.NetAddr).port}`;
    const wasm = await Deno.readFile("cells/relay/cell.wasm");
    const path = await writeCell(dir.path, {
      name: "silent",
      wasm,
      manifest: {
        capabilities: ["transport.http.outbound"],
        permissions: { net: [host] },
        call_timeout_ms: 500,
        config: `url = "http://${host}/"`,
      },
    });
    const outcome = await fetchBy(path, dir, `net=${host}`);
    assertEquals([outcome.code, outcome.out], [4, ""], outcome.err);
    assertStringIncludes(outcome.err, "call_timeout_ms = 500");
    assertClean(outcome);
  });
});

Deno.test("a cell that listens on loopback still reaches nothing private, itself included", async () => {
  await using dir = new TempDir();
  await using site = serve(() => new Response("secret"));
  const both = ["transport.http.inbound", "transport.http.outbound"];
  const path = await relayIn(
    dir,
    "relay",
    `http://${site.host}/`,
    undefined,
    both,
  );
  // Every host that Deno knows, the listener's own address among them.
  await using host = HostProcess.run([path, "--listen=127.0.0.1:0"], [
    `read=${dir.path}`,
    "net",
  ]);
  await host.ready("relay");
  const response = await fetch(`${await host.url()}/relay`);
  assertEquals(response.status, 502);
  assertEquals((await response.text()).includes("secret"), false);
  assertEquals(site.requests, []);
  assertStringIncludes(host.log, "127.0.0.1");
});

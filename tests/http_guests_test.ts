import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { guestOrSkip } from "./support/guest.ts";
import { HostProcess } from "./support/host_process.ts";
import { runProcess } from "./support/pulp.ts";

const LISTEN = "127.0.0.1:0";

/** Hosts one guest that answers HTTP. */
function hosting(
  dir: TempDir,
  path: string,
  net: readonly string[] = [],
): HostProcess {
  return HostProcess.run([path, `--listen=${LISTEN}`], [
    `read=${dir.path}`,
    `net=${[LISTEN, ...net].join(",")}`,
  ]);
}

Deno.test("echo-go, built with Go, answers through run", async (t) => {
  await using dir = new TempDir();
  const path = await guestOrSkip(t, dir, "echo-go");
  if (path === undefined) return;
  await using host = hosting(dir, path);
  await host.ready("echo-go");
  const url = await host.url();
  await t.step("GET /echo/:msg", async () => {
    for (const msg of ["hello", "Grüße 🌍", "a?b#c&d+e", "%41", ""]) {
      const response = await fetch(`${url}/echo/${encodeURIComponent(msg)}`);
      assertEquals([response.status, await response.text()], [200, msg]);
      assertEquals(
        response.headers.get("content-type"),
        "text/plain; charset=utf-8",
      );
    }
  });
  await t.step("POST /echo", async () => {
    const body = Uint8Array.from({ length: 100_000 }, (_, n) => n % 251);
    const response = await fetch(`${url}/echo`, {
      method: "POST",
      body,
      headers: { "content-type": "application/x-any" },
    });
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "application/x-any");
    assertEquals(await response.bytes(), body);
  });
  await t.step("POST /echo with nothing", async () => {
    const response = await fetch(`${url}/echo`, { method: "POST" });
    assertEquals([response.status, await response.text()], [200, ""]);
  });
  await t.step("what has no route", async () => {
    for (const path of ["/", "/Echo/a", "/echo/a/b", "/echo/a%2Fb"]) {
      const response = await fetch(url + path);
      assertEquals(response.status, 404);
      assertMatch(response.headers.get("content-type") ?? "", /^text\/plain/);
      assertStringIncludes(await response.text(), "404 page not found");
    }
  });
  await t.step("100 requests at 10 at once", async () => {
    for (let round = 0; round < 10; round++) {
      const texts = await Promise.all(
        Array.from({ length: 10 }, async (_, n) => {
          const response = await fetch(`${url}/echo/${round}-${n}`);
          return await response.text();
        }),
      );
      assertEquals(texts, texts.map((_, n) => `${round}-${n}`));
    }
  });
  assertEquals(await host.stop(), 0);
});

Deno.test("go-http sees requests and answers as the contract says", async (t) => {
  await using dir = new TempDir();
  await using site = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) =>
      new Response(
        `${request.method} ${request.headers.get("x-from")} ${await request
          .text()}`,
        { status: 201, headers: { "content-type": "text/x-site" } },
      ),
  );
  const listed = `127.0.0.1:${site.addr.port}`;
  const path = await guestOrSkip(t, dir, "go-http", {
    permissions: { net: [listed] },
  });
  if (path === undefined) return;
  await using host = hosting(dir, path, [listed]);
  await host.ready("go-http");
  const url = await host.url();
  const get = async (path: string): Promise<[number, string]> => {
    const response = await fetch(url + path);
    return [response.status, await response.text()];
  };

  await t.step("the request, whole", async () => {
    const response = await fetch(`${url}/inspect/J%C3%BCrgen?a=1&b=%20&a=2`, {
      method: "POST",
      body: "body",
      headers: { "x-odd-name": "odd", "content-type": "text/plain" },
    });
    const lines = (await response.text()).trimEnd().split("\n");
    const has = (line: string): void =>
      assert(lines.includes(line), `${line} is not in\n${lines.join("\n")}`);
    has("method POST");
    has('body "body"');
    has("param name=Jürgen");
    has("query a=1");
    has("query b= ");
    has("header X-Odd-Name=odd");
    has("header Content-Type=text/plain");
    assert(lines.some((it) => /^remote_addr 127\.0\.0\.1:\d+$/.test(it)));
    assert(!lines.some((it) => it.startsWith("header Host=")));
    assert(!lines.includes("query a=2"));
  });
  await t.step("the most specific route", async () => {
    assertEquals(await get("/files/readme"), [200, "map[]"]);
    assertEquals(
      await get("/files/a/b.txt"),
      [200, 'map["path":"a/b.txt"]'],
    );
  });
  await t.step("statuses, cookies and nothing", async () => {
    assertEquals((await get("/status/418"))[0], 418);
    assertEquals((await get("/status/0"))[0], 200);
    assertEquals(await get("/empty"), [200, ""]);
    const response = await fetch(`${url}/cookies`);
    await response.body?.cancel();
    assertEquals(response.headers.getSetCookie(), [
      "a=1; Path=/",
      "b=2; HttpOnly",
    ]);
  });
  await t.step("no answer, two, and one for another request", async () => {
    assertEquals(await get("/silent"), [500, "cell did not respond"]);
    assertEquals(await get("/twice"), [200, "first"]);
    assertEquals(await get("/foreign"), [200, "code 4"]);
  });
  await t.step("a fetch to a listed server, and to another", async () => {
    const response = await fetch(`${url}/fetch`, {
      method: "POST",
      body: `http://${listed}/`,
      headers: { "x-method": "PUT" },
    });
    assertEquals(response.status, 201);
    assertEquals(response.headers.get("x-fetched"), "text/x-site");
    assertEquals(await response.text(), "PUT go-http ");
    const refused = await fetch(`${url}/fetch`, {
      method: "POST",
      body: url,
    });
    assertEquals([refused.status, await refused.text()], [502, "code 11"]);
  });
  await t.step("a sleep that takes no processor time", async (t) => {
    const before = await cpuMs(host.pid);
    if (before === undefined) {
      await t.step({
        name: "skipped: there is no /proc to ask",
        ignore: true,
        fn: () => {},
      });
    }
    const started = performance.now();
    assertEquals(await get("/sleep/1500"), [200, "slept"]);
    assert(performance.now() - started >= 1500);
    const after = await cpuMs(host.pid);
    if (before === undefined || after === undefined) return;
    assert(after - before < 750, `${after - before} ms of processor time`);
  });
  await t.step("a panic ends the cell, which comes back", async () => {
    assertEquals((await get("/panic"))[0], 500);
    await host.line(/msg="cell restarted" .*cell=go-http/);
    assertEquals((await get("/status/202"))[0], 202);
  });
  assertEquals(await host.stop(), 0);
});

/** Processor time of a process so far, where the system says so. */
async function cpuMs(pid: number): Promise<number | undefined> {
  try {
    // Deno itself opens /proc only with every permission there is.
    const { code, out: stat } = await runProcess("cat", [`/proc/${pid}/stat`]);
    if (code !== 0) return undefined;
    // Behind the name, which may hold anything: state is field 3.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  Upstream,
  UpstreamConn,
} from "../src/capabilities/http/testing/upstream.ts";
import {
  TEST_CA,
  TEST_CERT,
  TEST_KEY,
} from "../src/capabilities/http/testing/tls.ts";
import { LIMITS } from "../src/limits.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { writeCell } from "./guests/build.ts";
import { HostProcess } from "./support/host_process.ts";
import { pulp } from "./support/pulp.ts";

const MIB = 1 << 20;
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const BOTH = ["transport.http.inbound", "transport.http.outbound"];

/** With a second cell that listens the main thread has the listener; without, the cell's worker. */
const MODES = ["own", "front"] as const;

/** The cell relay in a process of its own, in front of an upstream. */
class RelayHost implements AsyncDisposable {
  readonly upstream = new Upstream();
  readonly #dir = new TempDir();
  #host: HostProcess | undefined;
  #port = 0;

  static async start(
    mode: (typeof MODES)[number],
    more: readonly string[] = [],
  ): Promise<RelayHost> {
    const relay = new RelayHost();
    const wasm = await Deno.readFile("cells/relay/cell.wasm");
    const { host } = new URL(relay.upstream.url);
    const write = (name: string, provides: string): Promise<string> =>
      writeCell(relay.#dir.path, {
        name,
        wasm,
        manifest: {
          provides: [provides],
          capabilities: BOTH,
          permissions: { net: [host, "127.0.0.1:0"] },
          config: `url = "${relay.upstream.url}"`,
        },
      });
    const manifests = [await write("relay", "fetch")];
    if (mode === "front") {
      const notes = await Deno.readFile("cells/notes/cell.wasm");
      manifests.push(
        await writeCell(relay.#dir.path, {
          name: "notes",
          wasm: notes,
          manifest: {
            capabilities: ["transport.http.inbound", "storage.sqlite"],
          },
        }),
      );
    }
    const data = relay.#dir.join("data");
    await Deno.writeTextFile(relay.#dir.join("cert.pem"), TEST_CERT);
    await Deno.writeTextFile(relay.#dir.join("key.pem"), TEST_KEY);
    relay.#host = HostProcess.run([
      ...manifests,
      "--listen=127.0.0.1:0",
      `--storage-root=${data}`,
      ...more.map((flag) => flag.replace("DIR", relay.#dir.path)),
    ], [
      `read=${relay.#dir.path}`,
      `write=${data}`,
      `net=127.0.0.1:0,${host}`,
    ]);
    await relay.#host.ready(mode === "own" ? "relay" : "notes");
    relay.#port = Number(new URL(await relay.#host.url()).port);
    return relay;
  }

  get host(): HostProcess {
    return this.#host!;
  }

  get port(): number {
    return this.#port;
  }

  /** A client and the connection to the upstream that its request made. */
  async ask(head: string): Promise<[UpstreamConn, UpstreamConn]> {
    const client = new UpstreamConn(
      await Deno.connect({ hostname: "127.0.0.1", port: this.#port }),
    );
    await client.write("GET /stream HTTP/1.1\r\nHost: test\r\n\r\n");
    return [client, await this.upstream.accept(head)];
  }

  /** Memory of the host in bytes. */
  async rss(): Promise<number> {
    // Deno itself would have to be allowed everything.
    const { stdout } = await new Deno.Command("cat", {
      args: [`/proc/${this.host.pid}/status`],
    }).output();
    const [, kib] = /VmRSS:\s+(\d+)/.exec(new TextDecoder().decode(stdout))!;
    return Number(kib) << 10;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.upstream[Symbol.dispose]();
    await this.#host?.stop();
    await this.#dir[Symbol.asyncDispose]();
  }
}

for (const mode of MODES) {
  Deno.test(`relay sends on what comes, as it comes (${mode})`, async () => {
    await using relay = await RelayHost.start(mode);
    const [client, upstream] = await relay.ask(
      "HTTP/1.1 203 Fine\r\nContent-Type: text/x-slow\r\nContent-Length: 6\r\n\r\n",
    );
    using _ends = new DisposableStack();
    _ends.use(client);
    _ends.use(upstream);
    // The head, while nothing of the body is there.
    const head = (await client.until("\r\n\r\n")).toLowerCase();
    assertStringIncludes(head, "http/1.1 203");
    assertStringIncludes(head, "content-type: text/x-slow");
    assertStringIncludes(head, "content-length: 6");
    await upstream.write("one");
    await client.until("one");
    await upstream.write("two");
    await client.until("two");
    await upstream.gone();
  });

  Deno.test(`relay changes nothing on the way (${mode})`, async () => {
    await using relay = await RelayHost.start(mode);
    const data = new Uint8Array(20 * MIB + 12_345);
    for (let at = 0; at < data.length; at += 65_536) {
      crypto.getRandomValues(data.subarray(at, at + 65_536));
    }
    for (const chunked of [false, true]) {
      const answering = fetch(`http://127.0.0.1:${relay.port}/stream`);
      using upstream = await relay.upstream.accept(
        chunked
          ? CHUNKED
          : `HTTP/1.1 200 OK\r\nContent-Length: ${data.length}\r\n\r\n`,
      );
      const sending = async (): Promise<void> => {
        for (let at = 0, size = 1; at < data.length; at += size) {
          // Of all sizes, small and large.
          size = (size * 7 + 13) % 300_000 + 1;
          const piece = data.subarray(at, at + size);
          if (chunked) await upstream.write(`${piece.length.toString(16)}\r\n`);
          await upstream.writeBytes(piece);
          if (chunked) await upstream.write("\r\n");
        }
        if (chunked) await upstream.write("0\r\n\r\n");
      };
      const [received] = await Promise.all([
        answering.then((answer) => answer.bytes()),
        sending(),
      ]);
      const digest = async (bytes: BufferSource): Promise<string> =>
        new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
      assertEquals(
        await digest(received),
        await digest(data),
      );
    }
  });

  Deno.test(`a client that hangs up closes the upstream (${mode})`, async () => {
    await using relay = await RelayHost.start(mode);
    const [client, upstream] = await relay.ask(`${CHUNKED}3\r\none\r\n`);
    await client.until("one");
    client[Symbol.dispose]();
    await upstream.gone();
    upstream[Symbol.dispose]();
    // Nor does a client that is gone before the upstream answers.
    const [other, waiting] = await relay.ask("");
    other[Symbol.dispose]();
    await waiting.write(CHUNKED);
    await waiting.gone();
    waiting[Symbol.dispose]();
  });

  Deno.test(`an upstream that breaks off breaks the answer off (${mode})`, async () => {
    await using relay = await RelayHost.start(mode);
    const [client, upstream] = await relay.ask(`${CHUNKED}3\r\none\r\n`);
    await client.until("one");
    upstream[Symbol.dispose]();
    assert(!(await client.until()).includes("0\r\n\r\n"));
    client[Symbol.dispose]();
    await relay.host.line(
      /level=WARN msg="http answer broken off".* cell=relay/,
    );
  });

  Deno.test({
    name: `a client that stalls holds back 200 MiB, and no memory (${mode})`,
    ignore: Deno.build.os !== "linux",
  }, async () => {
    await using relay = await RelayHost.start(mode);
    using ends = new DisposableStack();
    const length = 200 * MIB;
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`;
    const [client, upstream] = await relay.ask(head);
    ends.use(client);
    ends.use(upstream);
    await client.until("\r\n\r\n");
    const before = await relay.rss();
    let written = 0;
    const pouring = upstream.pour(length, (total) => written = total);
    // Until nothing moves any more.
    for (let last = -1; last !== written;) {
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    assert(written < 40 * MIB, `${written}`);
    const stalled = await relay.rss() - before;
    assert(stalled < 32 * MIB, `${stalled / MIB} MiB more while stalled`);
    let most = 0;
    let taken = 0;
    while (taken < length) {
      taken += await client.drain(Math.min(10 * MIB, length - taken));
      most = Math.max(most, await relay.rss());
    }
    await pouring;
    assert(most - before < 32 * MIB, `${(most - before) / MIB} MiB more`);
  });
}

Deno.test("an answer that is under way is finished when the host stops", async () => {
  for (const mode of MODES) {
    await using relay = await RelayHost.start(mode);
    const [client, upstream] = await relay.ask(`${CHUNKED}3\r\none\r\n`);
    await client.until("one");
    const stopping = relay.host.stop();
    await relay.host.line(/msg="shutdown complete".* cell=relay/);
    await upstream.write("3\r\ntwo\r\n0\r\n\r\n");
    await client.until("0\r\n\r\n");
    assertStringIncludes(client.seen, "two");
    client[Symbol.dispose]();
    upstream[Symbol.dispose]();
    assertEquals(await stopping, 0);
  }
});

for (const mode of MODES) {
  Deno.test(`--tls-cert and --tls-key serve https, with HTTP/2 to who asks (${mode})`, async () => {
    await using relay = await RelayHost.start(mode, [
      "--tls-cert=DIR/cert.pem",
      "--tls-key=DIR/key.pem",
    ]);
    assertStringIncludes(relay.host.log, "tls=true");
    const url = `https://127.0.0.1:${relay.port}/stream`;
    for (const http2 of [true, false]) {
      using client = Deno.createHttpClient({
        caCerts: [TEST_CA],
        http1: !http2,
        http2,
      });
      const answering = fetch(url, { client });
      using upstream = await relay.upstream.accept(
        `${CHUNKED}5\r\nhello\r\n0\r\n\r\n`,
      );
      const answer = await answering;
      assertEquals(await answer.text(), "hello");
      await upstream.gone();
    }
  });
}

Deno.test("run names what is wrong with a certificate or a key", async () => {
  await using dir = new TempDir();
  const manifest = await writeCell(dir.path, {
    name: "hello",
    wasm: await Deno.readFile("cells/hello/cell.wasm"),
    manifest: { provides: ["greet"] },
  });
  const cert = dir.join("cert.pem");
  const key = dir.join("key.pem");
  await Deno.writeTextFile(cert, TEST_CERT);
  await Deno.writeTextFile(key, TEST_KEY);
  await Deno.writeTextFile(dir.join("text"), "no PEM");
  await Deno.writeTextFile(
    dir.join("damaged"),
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  );
  await Deno.writeTextFile(dir.join("other"), await anotherKey());
  await Deno.writeTextFile(dir.join("long"), "");
  await Deno.truncate(dir.join("long"), LIMITS.tlsFileBytes + 1);
  const cases: readonly (readonly [flags: string[], says: string])[] = [
    [[`--tls-cert=${cert}`], 'Cannot use "--tls-cert" alone: "--tls-key" is'],
    [[`--tls-key=${key}`], 'Cannot use "--tls-key" alone: "--tls-cert" is'],
    [
      [`--tls-cert=${dir.path}/none`, `--tls-key=${key}`],
      `none": there is no such file`,
    ],
    [
      [`--tls-cert=${dir.path}/text`, `--tls-key=${key}`],
      "it holds no certificate in PEM",
    ],
    [
      [`--tls-cert=${dir.path}/long`, `--tls-key=${key}`],
      `it has more than ${LIMITS.tlsFileBytes} bytes`,
    ],
    [[`--tls-cert=${key}`, `--tls-key=${key}`], "it holds a key"],
    [[`--tls-cert=${cert}`, `--tls-key=${cert}`], "it holds a certificate"],
    [
      [`--tls-cert=${cert}`, `--tls-key=${dir.path}/other`],
      `other" for "--tls-key": it is not the key of "${cert}"`,
    ],
    [
      [`--tls-cert=${dir.path}/damaged`, `--tls-key=${key}`],
      `Deno can't use it with "${dir.path}/damaged": `,
    ],
  ];
  for (const [flags, says] of cases) {
    const { code, err } = await pulp(["run", manifest, ...flags], {
      allow: [`read=${dir.path}`],
    });
    assertEquals(code, 2, err);
    assertStringIncludes(err, says);
  }
  // Deno has to let both files be read, which the table says.
  const { code, err } = await pulp([
    "run",
    manifest,
    `--tls-cert=${cert}`,
    `--tls-key=${key}`,
  ], { allow: [`read=${dir.path}/hello`] });
  assertEquals(code, 3, err);
  assertStringIncludes(err, "tls");
  assertStringIncludes(err, "cert.pem");
  assertStringIncludes(err, "key.pem");
});

/** A key that belongs to no certificate, in PEM. */
async function anotherKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(
    { name: "ECDSA", namedCurve: "P-256" },
    true,
    ["sign", "verify"],
  );
  const der = await crypto.subtle.exportKey("pkcs8", privateKey);
  const text = new Uint8Array(der).toBase64();
  return `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`;
}

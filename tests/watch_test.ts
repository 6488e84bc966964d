import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { LIMITS } from "../src/limits.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { letterCell } from "../src/testing/letter_cell.ts";
import { MOODY, relay } from "../src/testing/talking_cells.ts";
import { until } from "../src/testing/until.ts";
import { wat } from "../src/testing/wat.ts";
import { manifestText, writeCell } from "./guests/build.ts";
import type { ManifestFields } from "./guests/write_cell.ts";
import {
  HostProcess,
  type LogRecord,
  records,
} from "./support/host_process.ts";
import { printedArgs, shortened } from "./support/printed_line.ts";
import { pulp } from "./support/pulp.ts";

const HTTP: ManifestFields = { capabilities: ["transport.http.inbound"] };

/** Cells in folders that change while they are hosted. */
class Workshop extends TempDir {
  /** Writes a cell that answers with a letter; the manifest's path. */
  async letters(name: string, letter: string, path = "/"): Promise<string> {
    const wasm = await letterCell({ letter, path });
    return await writeCell(this.path, { name, wasm, manifest: HTTP });
  }

  /** Hosts the cells of these names, with exactly what that takes. */
  host(
    names: readonly string[],
    more: readonly string[] = [],
    net = "127.0.0.1:0",
  ): HostProcess {
    const folders = names.map((name) => this.join(name));
    return HostProcess.run(
      ["--watch", "--listen=127.0.0.1:0", ...more, ...folders],
      [`read=${folders}`, `net=${net}`],
    );
  }

  /** Writes a manifest anew, as an editor does that replaces files. */
  async manifest(name: string, fields: ManifestFields): Promise<void> {
    await this.replaced(
      this.join(name, "pulp.cell.toml"),
      new TextEncoder().encode(manifestText(name, fields)),
    );
  }

  /** Writes a module anew, as a compiler does that writes in place. */
  module(name: string, wasm: Uint8Array): void {
    Deno.writeFileSync(this.join(name, "cell.wasm"), wasm);
  }

  async replaced(path: string, bytes: Uint8Array): Promise<void> {
    await Deno.writeFile(`${path}.next`, bytes);
    await Deno.rename(`${path}.next`, path);
  }
}

/** Waits until something was logged of a cell so many times; the last of those records. */
async function logged(
  host: HostProcess,
  msg: string,
  cell: string,
  times = 1,
): Promise<LogRecord> {
  return await host.logged(
    `"${msg}" of cell "${cell}", ${times} times`,
    (log) => all(log, msg, cell)[times - 1],
  );
}

/** The records of a cell with a message. */
function all(log: string, msg: string, cell: string): LogRecord[] {
  return records(log).filter((it) => it.msg === msg && it.cell === cell);
}

/** Writes a file piece by piece; how long it stayed the same at most, in milliseconds. */
async function writeInPieces(path: string, bytes: Uint8Array): Promise<number> {
  let longestMs = 0;
  let before = performance.now();
  using file = Deno.openSync(path, { write: true, truncate: true });
  for (let at = 0; at < bytes.length; at += 64) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const start = performance.now();
    file.writeSync(bytes.subarray(at, at + 64));
    longestMs = Math.max(longestMs, performance.now() - before);
    before = start;
  }
  return longestMs;
}

async function get(url: string): Promise<string> {
  const response = await fetch(url);
  return `${response.status} ${(await response.text()).trim()}`;
}

Deno.test("run --watch reloads a module that was built anew; requests wait, and all are answered", async () => {
  await using shop = new Workshop();
  await shop.letters("a", "A");
  await shop.letters("b", "S", "/b");
  await using host = shop.host(["a", "b"]);
  await host.line(/msg=watching/);
  const url = await host.url();
  let isOver = false;
  const answers: string[] = [];
  const client = async (): Promise<void> => {
    while (!isOver) {
      answers.push(await get(url));
      answers.push(await get(`${url}/b`));
    }
  };
  const clients = [client(), client(), client(), client()];
  shop.module("a", await letterCell({ letter: "B" }));
  await logged(host, "cell reloaded", "a");
  assertEquals(await get(url), "200 B-");
  await shop.replaced(
    shop.join("a", "cell.wasm"),
    await letterCell({ letter: "C" }),
  );
  await logged(host, "cell reloaded", "a", 2);
  await until("a client that gets C", () => answers.includes("200 C-"));
  isOver = true;
  await Promise.all(clients);
  assertEquals(
    [...new Set(answers)].sort(),
    ["200 A-", "200 B-", "200 C-", "200 S-"],
  );
  assertEquals(await host.stop(), 0);
  // The other one never noticed.
  const ends = records(host.log).filter((it) => it.msg === "shutdown complete");
  assertEquals(ends.map((it) => it.cell), ["a", "a", "b", "a"]);
});

Deno.test("run --watch keeps the old cell when the new build is broken, and says why", async () => {
  await using shop = new Workshop();
  await shop.letters("a", "A");
  await using host = shop.host(["a"]);
  await host.line(/msg=watching/);
  const url = await host.url();
  shop.module("a", new TextEncoder().encode("error: no such module"));
  const broken = await logged(host, "cell not reloaded", "a");
  assertEquals([broken.level, broken.code], ["ERROR", "module"]);
  assertStringIncludes(broken.err ?? "", "it looks like text");
  assertEquals(await get(url), "200 A-");
  shop.module("a", await letterCell({ letter: "B", init: "refuse" }));
  const refusing = await logged(host, "cell not reloaded", "a", 2);
  assertEquals(refusing.code, "init");
  assertEquals(await get(url), "200 A-");
  // What ran before comes back, and is no reason to reload it.
  shop.module("a", await letterCell({ letter: "A" }));
  shop.module("a", await letterCell({ letter: "C" }));
  await logged(host, "cell reloaded", "a");
  assertEquals(await get(url), "200 C-");
  assertEquals(await host.stop(), 0);
});

Deno.test("run --watch waits for a module that is written in pieces, or is away for a while", async () => {
  await using shop = new Workshop();
  await shop.letters("a", "A");
  await using host = shop.host(["a"]);
  await host.line(/msg=watching/);
  const path = shop.join("a", "cell.wasm");
  const letters = ["B", "D", "E", "F", "G"];
  let pauseMs: number;
  do {
    const letter = letters.shift();
    assert(letter !== undefined, "this machine never writes without a pause");
    const reloads = all(host.log, "cell reloaded", "a").length;
    const refusals = all(host.log, "cell not reloaded", "a").length;
    pauseMs = await writeInPieces(path, await letterCell({ letter }));
    await logged(host, "cell reloaded", "a", reloads + 1);
    // What a busy machine leaves as it is for long may count as whole.
    if (pauseMs >= LIMITS.watchSettleMs / 2) continue;
    const refused = all(host.log, "cell not reloaded", "a").slice(refusals);
    assertEquals(refused, []);
    assertEquals(await get(await host.url()), `200 ${letter}-`);
  } while (pauseMs >= LIMITS.watchSettleMs / 2);
  const last = await get(await host.url());
  await Deno.remove(shop.join("a"), { recursive: true });
  await logged(host, "watched file is gone", "a", 2);
  assertEquals(await get(await host.url()), last);
  const reloads = all(host.log, "cell reloaded", "a").length;
  await shop.letters("a", "C");
  await logged(host, "cell reloaded", "a", reloads + 1);
  assertEquals(await get(await host.url()), "200 C-");
  assertEquals(await host.stop(), 0);
});

Deno.test("run --watch applies an edited manifest, and what is on disk stays", async () => {
  await using shop = new Workshop();
  await Deno.mkdir(shop.join("notes"));
  for (const file of ["cell.wasm", "pulp.cell.toml"]) {
    await Deno.copyFile(`cells/notes/${file}`, shop.join("notes", file));
  }
  const data = shop.join("data");
  await using host = HostProcess.run([
    "--watch",
    "--listen=127.0.0.1:0",
    `--storage-root=${data}`,
    shop.join("notes"),
  ], [
    `read=${shop.join("notes")},${data}/notes`,
    `write=${data}/notes`,
    "net=127.0.0.1:0",
  ]);
  await host.line(/msg=watching/);
  const url = await host.url();
  const posted = await fetch(`${url}/notes`, {
    method: "POST",
    body: '{"text":"kept"}',
  });
  assertEquals(posted.status, 201);
  await posted.body?.cancel();
  const path = shop.join("notes", "pulp.cell.toml");
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, `# Edited.\n${text}`);
  await Deno.writeTextFile(
    path,
    text.replace(/^version = .*/m, 'version = "2.0.0"\ncall_timeout_ms = 5000'),
  );
  const reloaded = await logged(host, "cell reloaded", "notes");
  assertEquals(reloaded.version, "2.0.0");
  assertStringIncludes(await get(`${url}/notes`), "kept");
  assertEquals(await host.stop(), 0);
});

Deno.test("run --watch reports what is wrong with a manifest where it is, and keeps the old cell", async () => {
  await using shop = new Workshop();
  const path = await shop.letters("a", "A");
  await using host = shop.host(["a"]);
  await host.line(/msg=watching/);
  const url = await host.url();
  const good = manifestText("a", HTTP);
  const cases: [text: string, says: string][] = [
    [`${good}restrat = "never"\n`, `${path}:4:1: `],
    [`${good}\n[config`, `${path}:5:`],
    [good.replace(/"a"/, '"b"'), `${path}:1:1: cell "a" has another name now`],
    [`${good}consumes = ["nobody"]\n`, `${path}:4:13: cell "a" consumes`],
  ];
  for (const [index, [text, says]] of cases.entries()) {
    await shop.replaced(path, new TextEncoder().encode(text));
    const refused = await logged(host, "cell not reloaded", "a", index + 1);
    assertEquals(refused.code, "manifest");
    assertStringIncludes(refused.err ?? "", says);
    assertEquals(await get(url), "200 A-");
  }
  await shop.manifest("a", { ...HTTP, config: 'letter = "x"' });
  await logged(host, "cell reloaded", "a");
  assertEquals(await get(url), "200 Ax");
  assertEquals(await host.stop(), 0);
});

Deno.test("run --watch names what Deno does not grant to an edited manifest, and the line to run instead", async () => {
  await using shop = new Workshop();
  await shop.letters("a", "A");
  await using host = shop.host(["a"]);
  await host.line(/msg=watching/);
  const more: ManifestFields = {
    capabilities: ["transport.http.inbound", "transport.http.outbound"],
    permissions: { net: ["example.com:443"], env: ["GREETING"] },
  };
  await shop.manifest("a", more);
  const refused = await logged(host, "cell not reloaded", "a");
  assertEquals(refused.code, "permission");
  assertEquals(
    refused.missing,
    "--allow-net=example.com:443 --allow-env=GREETING",
  );
  await host.line(/^ {2}deno run .*\n/m);
  assertMatch(
    host.log,
    /^ {2}transport\.http\.outbound +line 3 +missing +--allow-net=example\.com:443$/m,
  );
  assertEquals(await get(await host.url()), "200 A-");
  assertEquals(await host.stop(), 0);
  const args = await printedArgs(host.log);
  await using next = new HostProcess(args);
  await next.line(/msg=watching/);
  assertEquals(await get(await next.url()), "200 A-");
  assertEquals(await next.stop(), 0);
});

Deno.test("run --watch says it as JSON, too", async () => {
  await using shop = new Workshop();
  await shop.letters("a", "A");
  await using host = shop.host(["a"], ["--log-format=json"]);
  await host.line(/"msg":"watching"/);
  await shop.manifest("a", { capabilities: ["storage.fs"] });
  await host.line(/"msg":"cell not reloaded".*\n/);
  assertEquals(await host.stop(), 0);
  const parsed = host.log.trimEnd().split("\n").map((line) => JSON.parse(line));
  const refused = parsed.find((it) => it.msg === "cell not reloaded");
  assertStringIncludes(refused.details, "storage.fs");
  assertMatch(refused.details, /\n {2}deno run --no-prompt .*--allow-write=/);
});

Deno.test("run --watch needs the folders of manifests and modules, and prints the line that grants them", async () => {
  await using shop = new Workshop();
  const path = await shop.letters("a", "A");
  const wasm = shop.join("built", "a.wasm");
  await Deno.mkdir(shop.join("built"));
  await Deno.rename(shop.join("a", "cell.wasm"), wasm);
  await shop.manifest("a", { ...HTTP, toml: 'wasm = "../built/a.wasm"' });
  const argv = ["run", "--watch", "--listen=127.0.0.1:0", path];
  const { code, err } = await pulp(argv, {
    allow: [`read=${path},${wasm}`, "net=127.0.0.1:0"],
  });
  assertEquals(code, 3, err);
  assertMatch(err, /^ {2}watch +missing +--allow-read=/m);
  const args = await printedArgs(err);
  assert(
    args.some((arg) =>
      arg.startsWith("--allow-read=") && arg.includes(shop.join("built"))
    ),
  );
  for (const { flag, args: fewer } of shortened(args)) {
    const refused = new HostProcess(fewer);
    assertEquals(await refused.ended(), 3, flag);
  }
  await using host = new HostProcess(args);
  await host.line(/msg=watching/);
  await Deno.writeFile(wasm, await letterCell({ letter: "B" }));
  await logged(host, "cell reloaded", "a");
  assertEquals(await get(await host.url()), "200 B-");
  assertEquals(await host.stop(), 0);
});

Deno.test("run --watch follows a manifest to another module, also when that is built later", async () => {
  await using shop = new Workshop();
  await shop.letters("a", "A");
  await using host = shop.host(["a"]);
  await host.line(/msg=watching/);
  await shop.manifest("a", { ...HTTP, toml: 'wasm = "next.wasm"' });
  const missing = await logged(host, "cell not reloaded", "a");
  assertStringIncludes(missing.err ?? "", "no such file");
  await Deno.writeFile(
    shop.join("a", "next.wasm"),
    await letterCell({ letter: "N" }),
  );
  await logged(host, "cell reloaded", "a");
  assertEquals(await get(await host.url()), "200 N-");
  assertEquals(await host.stop(), 0);
});

Deno.test("run --watch links cells anew, whichever of their manifests is edited first", async () => {
  await using shop = new Workshop();
  const caller = await wat(relay("callee"));
  const callee = await wat(MOODY);
  await writeCell(shop.path, {
    name: "caller",
    wasm: caller,
    manifest: { consumes: ["one"] },
  });
  await writeCell(shop.path, {
    name: "callee",
    wasm: callee,
    manifest: { provides: ["one"] },
  });
  await using host = shop.host(["caller", "callee"]);
  await host.line(/msg=watching/);
  // Neither fits alone.
  await shop.manifest("caller", { consumes: ["two"] });
  const unfit = await logged(host, "cell not reloaded", "caller");
  assertStringIncludes(unfit.err ?? "", 'consumes "two"');
  await shop.manifest("callee", { provides: ["two"] });
  await logged(host, "cell reloaded", "callee");
  await logged(host, "cell reloaded", "caller");
  assertEquals(await host.stop(), 0);
});

Deno.test("run --watch ends at a signal, whatever a new cell does", async () => {
  await using shop = new Workshop();
  await shop.letters("a", "A");
  await using host = shop.host(["a"]);
  await host.line(/msg=watching/);
  await shop.manifest("a", { ...HTTP, call_timeout_ms: 600_000 });
  await logged(host, "cell reloaded", "a");
  shop.module("a", await letterCell({ letter: "L", init: "loop" }));
  await logged(host, "shutdown complete", "a", 2);
  assertEquals(await host.stop(), 0);
  assertStringIncludes(host.log, 'msg="pulp exit clean"');
  assertEquals(host.log.includes("cell not reloaded"), false);
});

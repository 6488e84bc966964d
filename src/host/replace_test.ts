import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import { ManifestError } from "../manifest/problems.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { DeniedError } from "../permissions/verdict.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { largeCell } from "../testing/large_module.ts";
import { letterCell } from "../testing/letter_cell.ts";
import { MOODY, relay } from "../testing/talking_cells.ts";
import { until } from "../testing/until.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";

const HTTP = `capabilities = ["transport.http.inbound"]`;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A host of cells in folders that can be written anew. */
class Place extends TempDir {
  readonly logger = new TestLogger();

  host(specs: readonly CellSpec[], replaceable = true): Promise<Host> {
    return Host.start(specs, {
      logger: this.logger,
      replaceable,
      env: defaultEnv({
        storageRoot: this.join("data"),
        listen: "127.0.0.1:0",
      }),
    });
  }

  /** Writes a cell of the text format. */
  async wat(name: string, module: string, manifest = ""): Promise<CellSpec> {
    return await this.cell(name, await wat(module), manifest);
  }

  /** The address of the shared listener. */
  get address(): string {
    const started = this.logger.records.find((record) =>
      record.message === "http server started"
    );
    return String(started?.fields.addr);
  }

  /** Status and text of an answer, in one. */
  async get(path = "/", address = this.address): Promise<string> {
    const response = await fetch(`http://${address}${path}`);
    return `${response.status} ${(await response.text()).trim()}`;
  }

  /** How often something was logged of a cell. */
  count(message: string, cell: string): number {
    return this.logger.records.filter((record) =>
      record.message === message && record.fields.cell === cell
    ).length;
  }

  /** Waits until something was logged of a cell. */
  async logged(message: string, cell: string): Promise<void> {
    await until(
      `"${message}" of cell "${cell}"`,
      () => this.count(message, cell) > 0,
      () => this.logger.messages().join("\n"),
    );
  }
}

Deno.test("replace() puts another manifest and another module in the place of a cell", async () => {
  await using place = new Place();
  const a = await place.cell("a", await letterCell({ letter: "A" }), HTTP);
  const b = await place.wat("b", MOODY);
  await using host = await place.host([a, b]);
  assertEquals(await place.get(), "200 A-");
  const configured = `${HTTP}\n[config]\nletter = "x"`;
  const next = await place.cell(
    "a",
    await letterCell({ letter: "A" }),
    configured,
  );
  assertEquals(await host.replace([next]), ["a"]);
  assertEquals(await place.get(), "200 Ax");
  await place.cell("a", await letterCell({ letter: "B" }), configured);
  assertEquals(await host.replace([next]), ["a"]);
  assertEquals(await place.get(), "200 Bx");
  assertEquals(place.count("cell reloaded", "a"), 2);
  assertEquals(place.count("shutdown complete", "b"), 0);
});

Deno.test("replace() leaves alone what is the same, wherever it stands in the file", async () => {
  await using place = new Place();
  const a = await place.wat("a", MOODY, `provides = ["echo"]`);
  await using host = await place.host([a]);
  const moved = await place.wat("a", MOODY, `\n\n# moved\nprovides = ["echo"]`);
  assertEquals(await host.replace([moved]), []);
  assertEquals(place.count("shutdown complete", "a"), 0);
});

Deno.test("replace() goes on counting steps", async () => {
  await using place = new Place();
  const a = await place.wat("a", MOODY);
  await using host = await place.host([a]);
  await until("five steps", () => host.status()[0]!.steps >= 5);
  await host.replace([await place.wat("a", MOODY, "call_timeout_ms = 9000")]);
  assert(host.status()[0]!.steps >= 5);
});

Deno.test("replace() gives a worker with other permissions, and takes them away again", async () => {
  await using place = new Place();
  const allowed =
    `capabilities = ["transport.http.inbound"]\n[permissions]\nnet = ["127.0.0.1:0"]`;
  const listening = await letterCell({ letter: "L", listen: "127.0.0.1:0" });
  const a = await place.cell("a", await letterCell({ letter: "A" }), HTTP);
  await using host = await place.host([a]);
  // Another address than the shared one, by its text.
  const own = await letterCell({ letter: "L", listen: "localhost:0" });
  const named = allowed.replace("127.0.0.1:0", "localhost:0");
  await host.replace([await place.cell("a", own, named)]);
  const started = place.logger.records.filter((record) =>
    record.message === "http server started"
  );
  assertEquals(started.length, 2);
  const address = String(started[1]?.fields.addr);
  assertEquals(await place.get("/", address), "200 L-");
  // Nobody has a route on the shared one any more.
  assertEquals(await place.get(), "404 404 page not found");
  await host.replace([await place.cell("a", listening, allowed)]);
  assertEquals(await place.get(), "200 L-");
  await assertRejects(() => place.get("/", address), TypeError);
});

Deno.test("replace() drops the routes of a cell that serves none any more", async () => {
  await using place = new Place();
  const a = await place.cell("a", await letterCell({ letter: "A" }), HTTP);
  const b = await place.cell(
    "b",
    await letterCell({ letter: "B", path: "/b" }),
    HTTP,
  );
  await using host = await place.host([a, b]);
  await host.replace([await place.wat("a", MOODY)]);
  assertEquals(await place.get(), "404 404 page not found");
  assertEquals(await place.get("/b"), "200 B-");
  const next = await letterCell({ letter: "N", path: "/b" });
  // The route is another cell's, so this one does not come up.
  await assertRejects(
    async () => await host.replace([await place.cell("a", next, HTTP)]),
    PulpError,
    "Cannot initialise",
  );
  assertEquals(text(await host.call("a", "echo", bytes("old"))), "old");
});

Deno.test("replace() keeps the old cell when the new one is broken, lacks a key or does not come up", async () => {
  await using place = new Place();
  const a = await place.cell("a", await letterCell({ letter: "A" }), HTTP);
  await using host = await place.host([a]);
  const refused = async (
    wasm: Uint8Array,
    manifest: string,
    says: string,
  ): Promise<PulpError> => {
    const spec = await place.cell("a", wasm, manifest);
    const error = await assertRejects(() => host.replace([spec]), PulpError);
    assertStringIncludes(error.message, says);
    assertEquals(await place.get(), "200 A-");
    assertEquals(host.status()[0]?.state, "ready");
    return error;
  };
  const next = await letterCell({ letter: "N" });
  await refused(bytes("no module"), HTTP, "Cannot load");
  await refused(next, "max_memory_pages = 1", "Cannot load");
  assert(
    await refused(
      next,
      `capabilities = ["transport.http.inbound", "transport.http.outbound"]
[permissions]
net = ["example.com"]`,
      "--allow-net=example.com",
    ) instanceof DeniedError,
  );
  assert(
    await refused(next, `${HTTP}\nconsumes = ["nobody"]`, "nobody") instanceof
      ManifestError,
  );
  assertEquals(place.count("shutdown complete", "a"), 0);
  const failing = await letterCell({ letter: "N", init: "refuse" });
  const error = await refused(failing, HTTP, "pulp_init returned 1");
  assertEquals(error.code, "init");
  const looping = await letterCell({ letter: "N", init: "loop" });
  const late = `${HTTP}\ncall_timeout_ms = 300`;
  assertEquals(
    (await refused(looping, late, "call_timeout_ms")).code,
    "deadline",
  );
});

Deno.test("requests that come while a cell is replaced wait, whatever becomes of it", async () => {
  await using place = new Place();
  const cell = (letter: string, init?: "refuse"): Promise<Uint8Array> =>
    letterCell({ letter, ...(init === undefined ? {} : { init }) });
  const a = await place.cell("a", await cell("A"), HTTP);
  const b = await place.cell(
    "b",
    await letterCell({ letter: "B", path: "/b" }),
    HTTP,
  );
  await using host = await place.host([a, b]);
  let isOver = false;
  const answers = new Map<string, number>();
  const client = async (path: string, method: string): Promise<void> => {
    const body = method === "POST" ? "x".repeat(10_000) : null;
    while (!isOver) {
      const response = await fetch(`http://${place.address}${path}`, {
        method,
        body,
      });
      const answer = `${response.status} ${await response.text()}`;
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const clients = ["GET", "GET", "POST", "POST"].map((method) =>
    client("/", method)
  );
  clients.push(client("/b", "GET"));
  for (let round = 0; round < 5; round++) {
    const config = `${HTTP}\n[config]\nletter = "${round}"`;
    await host.replace([await place.cell("a", await cell("A"), config)]);
    await place.cell("a", await cell("B"), config);
    await host.reload("a");
    await assertRejects(async () => {
      const refusing = await cell("C", "refuse");
      await host.replace([await place.cell("a", refusing, config)]);
    }, PulpError);
  }
  isOver = true;
  await Promise.all(clients);
  const wrong = [...answers.keys()].filter((answer) =>
    !/^200 ([AB][-0-4]|B-)$/.test(answer)
  );
  assertEquals(wrong, [], JSON.stringify([...answers]));
  assertEquals(place.count("shutdown complete", "b"), 0);
});

Deno.test("replace() makes links and ends them, for callers and callees that go on as they are", async () => {
  await using place = new Place();
  const a = await place.wat("a", relay("b"));
  const b = await place.wat("b", MOODY);
  await using host = await place.host([a, b]);
  const asked = (): Promise<string> =>
    host.call("a", "any", bytes("through")).then(text);
  assertEquals(await asked(), "\x0b");
  for (let round = 0; round < 3; round++) {
    // The caller changes, and the callee has to know the mailbox.
    await host.replace([
      await place.wat("a", relay("b"), `consumes = ["b"]`),
    ]);
    assertEquals(await asked(), "through");
    await host.replace([await place.wat("a", relay("b"))]);
    assertEquals(await asked(), "\x0b");
  }
  assertEquals(place.count("shutdown complete", "b"), 0);
});

Deno.test("a cell that provides something else is linked to who consumes that, and not to who did before", async () => {
  await using place = new Place();
  const a = await place.wat("a", relay("b"), `consumes = ["echo"]`);
  const b = await place.wat("b", MOODY);
  const c = await place.wat("c", MOODY, `provides = ["echo"]`);
  await using host = await place.host([a, b, c]);
  const asked = (): Promise<string> =>
    host.call("a", "any", bytes("through")).then(text);
  assertEquals(await asked(), "\x0b");
  for (let round = 0; round < 3; round++) {
    await host.replace([await place.wat("b", MOODY, `provides = ["echo"]`)]);
    assertEquals(await asked(), "through");
    await host.replace([await place.wat("b", MOODY)]);
    assertEquals(await asked(), "\x0b");
  }
  assertEquals(place.count("shutdown complete", "a"), 0);
  await assertRejects(
    async () => await host.replace([await place.wat("c", MOODY)]),
    ManifestError,
    "consumes",
  );
});

Deno.test("replace() takes several cells together, and none when one of them does not come up", async () => {
  await using place = new Place();
  const a = await place.wat("a", relay("b"), `consumes = ["one"]`);
  const b = await place.wat("b", MOODY, `provides = ["one"]`);
  await using host = await place.host([a, b]);
  const asked = (): Promise<string> =>
    host.call("a", "any", bytes("through")).then(text);
  const nextB = await place.wat("b", MOODY, `provides = ["two"]`);
  const badA = await place.cell(
    "a",
    await letterCell({ letter: "A", init: "refuse" }),
    `${HTTP}\nconsumes = ["two"]`,
  );
  await assertRejects(() => host.replace([badA]), ManifestError);
  await assertRejects(() => host.replace([nextB]), ManifestError);
  const error = await assertRejects(
    () => host.replace([badA, nextB]),
    PulpError,
  );
  assertEquals(error.code, "init");
  // A file on disk may be newer than what runs.
  assertEquals(await asked(), "through");
  const nextA = await place.wat("a", relay("b"), `consumes = ["two"]`);
  assertEquals(await host.replace([nextA, nextB]), ["b", "a"]);
  assertEquals(await asked(), "through");
});

Deno.test("a cell that did not come up comes up with a better one, and with it who waits for it", async () => {
  await using place = new Place();
  const base = await place.cell(
    "base",
    await letterCell({ letter: "B", init: "refuse" }),
    HTTP,
  );
  const top = await place.wat("top", MOODY, `depends_on = ["base"]`);
  const alone = await place.wat("alone", MOODY);
  await using host = await place.host([base, top, alone]);
  assertEquals(
    host.status().map(({ state }) => state),
    ["failed", "failed", "ready"],
  );
  await assertRejects(
    async () => {
      const refusing = await letterCell({ letter: "C", init: "refuse" });
      await host.replace([await place.cell("base", refusing, HTTP)]);
    },
    PulpError,
    "Cannot initialise",
  );
  assertEquals(host.status()[0]?.state, "failed");
  const good = await place.cell(
    "base",
    await letterCell({ letter: "B" }),
    HTTP,
  );
  assertEquals(await host.replace([good]), ["base"]);
  assertEquals(
    host.status().map(({ state }) => state),
    ["ready", "ready", "ready"],
  );
  assertEquals(await place.get(), "200 B-");
});

Deno.test("replace() refuses a host that was not made for it, and cells that are not there or stopped", async () => {
  await using place = new Place();
  const a = await place.wat("a", MOODY);
  const b = await place.wat("b", MOODY);
  await using fixed = await place.host([a], false);
  const usage = await assertRejects(() => fixed.replace([a]), PulpError);
  assertEquals(usage.code, "usage");
  await using host = await place.host([a]);
  const unknown = await assertRejects(() => host.replace([b]), PulpError);
  assertEquals(unknown.code, "usage");
  await host.stopCell("a");
  const other = await place.wat("a", MOODY, "call_timeout_ms = 9000");
  const stopped = await assertRejects(() => host.replace([other]), PulpError);
  assertEquals(stopped.code, "closed");
  assertEquals(host.status()[0]?.state, "stopped");
  await host.shutdown();
  const gone = await assertRejects(() => host.replace([other]), PulpError);
  assertEquals(gone.code, "closed");
});

const POLL =
  `(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))`;
/** Half a second. */
const SLEEP =
  `(i64.store (i32.const 24) (i64.const 500000000)) (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))`;

/** Sleeps for a while in pulp_init, and traps in every call. */
const SLOW_TRAP = cellWat({
  imports: POLL,
  without: ["pulp_init"],
  functions: `
    (func (export "pulp_init") (param i32 i32) (result i32) ${SLEEP} (i32.const 0))
    (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable)`,
});

/** The same, but sleeps only without its sibling "c", and does not come up then. */
const NEEDY = cellWat({
  imports: `${POLL}
    (import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))`,
  without: ["pulp_init"],
  functions: `
    (data (i32.const 256) "c")
    (func (export "pulp_init") (param i32 i32) (result i32)
      (if (call $call (i32.const 256) (i32.const 1) (i32.const 256) (i32.const 1)
          (i32.const 0) (i32.const 0) (i32.const 272) (i32.const 276))
        (then ${SLEEP} (return (i32.const 1))))
      (i32.const 0))
    (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable)`,
});

Deno.test("a cell that ends by the first call that waited for it is started again", async () => {
  await using place = new Place();
  const a = await place.wat("a", relay("b"), `consumes = ["b"]`);
  const b = await place.wat("b", MOODY);
  await using host = await place.host([a, b]);
  const replacing = host.replace([await place.wat("b", SLOW_TRAP)]);
  await place.logged("shutdown complete", "b");
  // It comes while nobody is there to answer.
  assertEquals(await host.call("a", "x"), new Uint8Array([4]));
  assertEquals(await replacing, ["b"]);
  await place.logged("cell restarted", "b");
  assertEquals(place.count("cell ended", "b"), 1);
});

Deno.test("a restart that fails while another cell waits to take the place is not tried again", async () => {
  await using place = new Place();
  const b = await place.wat("b", NEEDY, `consumes = ["c"]`);
  const c = await place.wat("c", MOODY);
  await using host = await place.host([b, c]);
  await host.stopCell("c");
  await assertRejects(() => host.call("b", "x"), PulpError, "trapped");
  await place.logged("cell ended", "b");
  // While this one sleeps in its init, another restart would be due.
  assertEquals(await host.replace([await place.wat("b", SLOW_TRAP)]), ["b"]);
  assertEquals(place.count("restart failed", "b"), 1);
  // It would be waited for.
  assertEquals(await host.replace([await place.wat("b", MOODY)]), ["b"]);
  assertEquals(place.count("cell restarted", "b"), 0);
  assertEquals(text(await host.call("b", "echo", bytes("hi"))), "hi");
});

Deno.test("reload() behind replace() reads the module that the new manifest names", async () => {
  await using place = new Place();
  const a = await place.cell("a", await letterCell({ letter: "A" }), HTTP);
  await using host = await place.host([a]);
  const next = await place.cell(
    "a",
    await letterCell({ letter: "A" }),
    `wasm = "next.wasm"\n${HTTP}`,
  );
  await Deno.writeFile(next.wasmPath, await letterCell({ letter: "N" }));
  // The module that is named no longer takes its time, and serves nothing.
  await Deno.writeFile(a.wasmPath, await largeCell(2 << 20));
  await Promise.all([host.replace([next]), host.reload("a")]);
  assertEquals(await place.get(), "200 N-");
});

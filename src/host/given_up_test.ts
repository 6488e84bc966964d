import { assert, assertEquals, assertRejects } from "@std/assert";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { relay } from "../testing/talking_cells.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { LIMITS } from "../limits.ts";
import { Host } from "./host.ts";
import { bytes, text } from "./testing/hosted.ts";

// A thread that is in native code can't be ended. It is given up, another one
// takes its place, and then the native code returns after all.

const INSERT = "CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES (1)";
const IMPORTS = `(import "pulp" "stall" (func $stall (result i32)))
  (import "pulp" "sqlite_exec" (func $exec (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))`;
const PROVIDER =
  `(func (export "pulp_on_call") (param $name i32) (param $nlen i32) (param $args i32) (param $alen i32) (param $p i32) (param $l i32) (result i32)
    (local $i i64)`;

/**
 * For a name with "w" it stalls; for one with "s" it goes straight on from
 * that to write into its database and to call "echo"; for one with "l" it
 * takes a while; it echoes its arguments, by way of "echo" for
 * a name with "c".
 */
const STALLING = cellWat({
  imports: IMPORTS,
  functions: `(data (i32.const 16) "echo") (data (i32.const 64) "${INSERT}")
    ${PROVIDER}
      (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 108)) (then
        (loop $l (local.set $i (i64.add (local.get $i) (i64.const 1)))
          (br_if $l (i64.lt_u (local.get $i) (i64.const 300000000))))))
      (i32.store (local.get $p) (local.get $args)) (i32.store (local.get $l) (local.get $alen))
      (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 119)) (then (drop (call $stall))))
      (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 115)) (then
        (drop (call $stall))
        (drop (call $exec (i32.const 64) (i32.const ${INSERT.length}) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4)))
        (drop (call $call (i32.const 16) (i32.const 4) (i32.const 16) (i32.const 4) (local.get $args) (local.get $alen) (local.get $p) (local.get $l)))))
      (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 99)) (then
        (return (call $call (i32.const 16) (i32.const 4) (i32.const 16) (i32.const 4) (local.get $args) (local.get $alen) (local.get $p) (local.get $l)))))
      (i32.const 0))`,
});
/** Echoes its arguments after a while, and counts what it was asked. */
const SLOW_ECHO = cellWat({
  functions: `(global $calls (mut i32) (i32.const 0))
    ${PROVIDER}
      (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 110)) (then
        (i32.store8 (i32.const 8) (global.get $calls))
        (i32.store (local.get $p) (i32.const 8)) (i32.store (local.get $l) (i32.const 1))
        (return (i32.const 0))))
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (loop $l (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (br_if $l (i64.lt_u (local.get $i) (i64.const 300000000))))
      (i32.store (local.get $p) (local.get $args)) (i32.store (local.get $l) (local.get $alen))
      (i32.const 0))`,
});

/** A host function that native code holds until something is written into `pipe`. */
const stalls = (pipe: string, capability: string): string =>
  `import { registerExtension } from "@pulp/deno/extension";
const pipe = ${JSON.stringify(pipe)};
registerExtension({
  name: ${JSON.stringify(capability)},
  stubs: { stall: { params: [0] } },
  permissions: () => [{ kind: "read", target: pipe, reason: "it waits for it" }],
  imports: () => ({ stall: () => (Deno.readFileSync(pipe), 0) }),
});
`;

interface Given {
  readonly host: Host;
  readonly logger: TestLogger;
  readonly dir: TempDir;
  /** Lets native code return, and the thread come to its end. */
  release(): Promise<void>;
}

/** Hosts cells of which `a` has the capability of that name, which stalls. */
async function withStalling(
  capability: string,
  manifests: Record<string, { wat: string; manifest: string }>,
  use: (given: Given) => Promise<void>,
): Promise<void> {
  await using dir = new TempDir();
  const pipe = dir.join("pipe");
  const made = await new Deno.Command("mkfifo", { args: [pipe] }).output();
  assertEquals(made.code, 0);
  const extension = dir.join("stall.ts");
  await Deno.writeTextFile(extension, stalls(pipe, capability));
  const url = new URL(`file://${extension}`).href;
  await import(url);
  const specs = [];
  for (const [name, cell] of Object.entries(manifests)) {
    specs.push(await dir.cell(name, await wat(cell.wat), cell.manifest));
  }
  const logger = new TestLogger();
  await using host = await Host.start(specs, {
    logger,
    env: defaultEnv({ storageRoot: dir.join("data"), extensions: [url] }),
  });
  await use({
    host,
    logger,
    dir,
    release: async () => {
      // A pipe opens when both ends are there.
      await Deno.writeTextFile(pipe, "go on");
      await new Promise((resolve) => setTimeout(resolve, 200));
    },
  });
}

const ignore = Deno.build.os === "windows";
const manifest = (capability: string): string =>
  `capabilities = ["${capability}", "storage.sqlite"]\nconsumes = ["echo"]\ncall_timeout_ms = 2500`;

Deno.test({
  name:
    "what a thread does after it was given up comes to nothing: no writes, no calls",
  ignore,
  fn: () =>
    withStalling(
      "test.stalls",
      {
        a: { wat: STALLING, manifest: manifest("test.stalls") },
        echo: { wat: SLOW_ECHO, manifest: "" },
      },
      async ({ host, logger, dir, release }) => {
        const stuck = assertRejects(
          () => host.call("a", "stall", bytes("of the old")),
          PulpError,
        );
        await logger.logged("cell restarted");
        assertEquals((await stuck).code, "deadline");
        // The call of the next instance is under way when the old one goes on.
        const fresh = host.call("a", "call", bytes("of the new"));
        await new Promise((resolve) => setTimeout(resolve, 50));
        await release();
        assertEquals(text(await fresh), "of the new");
        assertEquals(await host.call("echo", "n"), new Uint8Array([1]));
        await assertRejects(
          () => Deno.lstat(dir.join("data", "a", "data.db")),
          Deno.errors.NotFound,
        );
      },
    ),
});

Deno.test({
  name:
    "a thread that was given up takes no call of a sibling from the next one",
  ignore,
  fn: () =>
    withStalling(
      "test.stalls_too",
      {
        one: { wat: relay("a", "wait"), manifest: `consumes = ["a"]` },
        two: { wat: relay("a", "other"), manifest: `consumes = ["a"]` },
        a: { wat: STALLING, manifest: manifest("test.stalls_too") },
        echo: { wat: SLOW_ECHO, manifest: "" },
      },
      async ({ host, logger, release }) => {
        const stuck = host.call("one", "x", bytes("of the old"));
        await logger.logged("cell restarted");
        assertEquals(await stuck, new Uint8Array([4]));
        // The next instance is busy: the call of the sibling waits for it.
        const busy = host.call("a", "long", bytes("busy"));
        const waiting = host.call("two", "x", bytes("hello"));
        await new Promise((resolve) => setTimeout(resolve, 50));
        await release();
        assertEquals(text(await busy), "busy");
        assertEquals(text(await waiting), "hello");
      },
    ),
});

/** Comes up once. Each later instance finds the table, and stalls in its init. */
const STALLS_LATER = cellWat({
  without: ["pulp_init"],
  imports: IMPORTS,
  functions: `(data (i32.const 64) "CREATE TABLE t(a)")
    (func (export "pulp_init") (param i32 i32) (result i32)
      (if (call $exec (i32.const 64) (i32.const 17) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4))
        (then (drop (call $stall))))
      (i32.const 0))
    ${PROVIDER} unreachable)`,
});

Deno.test({
  name: "the bound on lost threads holds for those that were lost in a start",
  ignore,
  fn: async () => {
    const cell = {
      wat: STALLS_LATER,
      manifest:
        `capabilities = ["test.stalls_later", "storage.sqlite"]\ncall_timeout_ms = 100`,
    };
    const cells = { a: cell, b: cell, c: cell };
    await withStalling(
      "test.stalls_later",
      cells,
      async ({ host, logger, release }) => {
        for (const name of Object.keys(cells)) {
          await assertRejects(() => host.call(name, "x"), PulpError);
        }
        await logger.logged("cell stays down", 3);
        const of = (message: string) =>
          logger.records.filter((record) => record.message === message);
        assertEquals(
          new Set(of("cell stays down").map(({ fields }) => fields.reason)),
          new Set([`${LIMITS.lostThreads} threads were given up`]),
        );
        // Each that was starting when the last one was lost may lose its own.
        const lost = of("thread given up").length;
        assert(lost > LIMITS.lostThreads && lost <= LIMITS.lostThreads + 3);
        await release();
      },
    );
  },
});

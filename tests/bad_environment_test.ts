import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { TempDir } from "../src/testing/cell_folder.ts";
import { assertClean } from "./support/bad_input.ts";
import {
  denoArgs,
  inPairs,
  type Outcome,
  pulp,
  runProcess,
} from "./support/pulp.ts";

const NOTES = "cells/notes";
const VERBS = ["run", "step", "call"] as const;

function argvOf(
  verb: string,
  storage: string,
  listen = "127.0.0.1:0",
): string[] {
  const argv = [verb, NOTES, `--storage-root=${storage}`, `--listen=${listen}`];
  return verb === "call" ? [...argv, "f"] : argv;
}

function allowed(storage: string, listen = "127.0.0.1:0"): string[] {
  return [
    `read=${NOTES},${storage}`,
    `write=${storage}`,
    `net=${listen}`,
  ];
}

Deno.test("a port in use is named, with what to do", async (t) => {
  await using dir = new TempDir();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert(taken.addr.transport === "tcp");
  const listen = `127.0.0.1:${taken.addr.port}`;
  const outcomes = await inPairs(
    VERBS,
    (verb) =>
      pulp(argvOf(verb, dir.path, listen), {
        allow: allowed(dir.path, listen),
      }),
  );
  await eachOf(t, outcomes, (outcome) => {
    assertEquals(outcome.code, 1);
    assertStringIncludes(outcome.err, listen);
    assertStringIncludes(outcome.err, "the address is in use");
    assertStringIncludes(outcome.err, "choose another address with --listen");
    // The log is above it: what is read first is the end.
    const [error = "", hint = ""] = outcome.err.trimEnd().split("\n").slice(-2);
    assertMatch(error, /^error: .*"notes".*: the address is in use$/);
    assertMatch(hint, /^hint: end what listens there, or .*; port 0 is any /);
  });
});

Deno.test("an address that is not this machine's is named", async () => {
  await using dir = new TempDir();
  // A network for documentation: nobody has this address.
  const listen = "192.0.2.1:8080";
  const outcome = await pulp(argvOf("run", dir.path, listen), {
    allow: allowed(dir.path, listen),
  });
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.err, `Cannot listen on \\"${listen}\\"`);
  assertClean(outcome);
});

Deno.test("a database that is not one is left as it is", async (t) => {
  await using dir = new TempDir();
  const path = dir.join("notes", "data.db");
  const before = new TextEncoder().encode("no database\n".repeat(1000));
  await Deno.mkdir(dir.join("notes"));
  await Deno.writeFile(path, before);
  const outcomes = await inPairs(
    VERBS,
    (verb) => pulp(argvOf(verb, dir.path), { allow: allowed(dir.path) }),
  );
  await eachOf(t, outcomes, (outcome) => {
    assertEquals(outcome.code, 1);
    assertStringIncludes(
      outcome.err,
      'Cannot initialise cell "notes": Cannot make the table "notes": file is not a database',
    );
  });
  assertEquals(await Deno.readFile(path), before);
});

Deno.test("a locked database is waited for, and given up after 5 seconds", async (t) => {
  await using dir = new TempDir();
  await Deno.mkdir(dir.join("notes"));
  using database = new DatabaseSync(dir.join("notes", "data.db"));
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE other (a)");
  database.exec("BEGIN EXCLUSIVE");
  const started = performance.now();
  const outcomes = await inPairs(
    ["run", "step"],
    (verb) => pulp(argvOf(verb, dir.path), { allow: allowed(dir.path) }),
  );
  const took = performance.now() - started;
  database.exec("ROLLBACK");
  assert(took > 4_900 && took < 20_000, `${took} ms`);
  await eachOf(t, outcomes, (outcome) => {
    assertEquals(outcome.code, 1);
    assertStringIncludes(
      outcome.err,
      'Cannot make the table "notes": database is locked',
    );
  });
});

Deno.test("a storage root that is a file, or lies below one, is refused", async (t) => {
  await using dir = new TempDir();
  const file = dir.join("file");
  await Deno.writeTextFile(file, "kept");
  const outcomes = await inPairs(
    [file, `${file}/data`],
    (storage) => pulp(argvOf("run", storage), { allow: allowed(file) }),
  );
  await eachOf(t, outcomes, (outcome) => {
    assertEquals(outcome.code, 1);
    assertStringIncludes(
      outcome.err,
      'Cannot open the database of "notes": Not a directory',
    );
  });
  assertEquals(await Deno.readTextFile(file), "kept");
});

Deno.test("a storage folder that is a link to elsewhere is refused", async () => {
  await using dir = new TempDir();
  await Deno.mkdir(dir.join("elsewhere"));
  await Deno.mkdir(dir.join("data"));
  await Deno.symlink(dir.join("elsewhere"), dir.join("data", "notes"));
  const storage = dir.join("data");
  const outcome = await pulp(argvOf("run", storage), {
    allow: allowed(storage),
  });
  assertEquals(outcome.code, 1);
  assertStringIncludes(
    outcome.err,
    "it is a symbolic link, which may leave the storage root",
  );
  assertEquals(
    await Array.fromAsync(Deno.readDir(dir.join("elsewhere"))),
    [],
  );
  assertClean(outcome);
});

Deno.test("a read-only storage root is named", async (t) => {
  await using dir = new TempDir();
  const storage = dir.join("data");
  await Deno.mkdir(storage);
  const command = [
    Deno.execPath(),
    ...denoArgs(argvOf("run", storage), allowed(storage)),
  ];
  const wrapped = await onReadOnly(storage, command);
  if (wrapped === undefined) {
    await t.step({
      name: "skipped: this user writes anywhere, and may not mount",
      ignore: true,
      fn: () => {},
    });
    return;
  }
  const [program = "", ...args] = wrapped;
  const outcome = await runProcess(program, args);
  await Deno.chmod(storage, 0o755);
  assertEquals(outcome.code, 1, outcome.err);
  assertStringIncludes(
    outcome.err,
    `Cannot open the database of "notes": "${storage}/notes" can't be written to`,
  );
  assertClean(outcome);
});

Deno.test("a result that can't be written is an error, unless nobody wants it", async (t) => {
  const greet = ["call", "cells/hello", "greet", '{"name":"Ada"}'];
  const trap = ["call", "cells/hello", "no_such_function"];
  const intoShell = (
    argv: readonly string[],
    where: string,
  ): Promise<Outcome> =>
    runProcess("bash", [
      "-c",
      `"$@" ${where}; echo "\${PIPESTATUS[0]}" >&2`,
      "bash",
      Deno.execPath(),
      ...denoArgs(argv, ["read=cells/hello"]),
    ]);
  await t.step({
    name: "on a full disk",
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      const full = await intoShell(greet, ">/dev/full");
      assertEquals(full.err.split("\n"), [
        "error: Cannot write to standard output",
        "cause: No space left on device (os error 28)",
        "1",
        "",
      ]);
      const other = await intoShell(trap, ">/dev/full");
      assert(!other.err.includes("standard output"), other.err);
    },
  });
  await t.step("to a reader that goes away", async () => {
    const { err } = await intoShell(greet, "| true");
    assertEquals(err, "0\n");
  });
});

/**
 * A command with `folder` read-only under it: by its mode, or for a user whom
 * that does not stop, by a mount of its own. `undefined` where neither works.
 */
async function onReadOnly(
  folder: string,
  command: readonly string[],
): Promise<readonly string[] | undefined> {
  await Deno.chmod(folder, 0o555);
  try {
    await Deno.mkdir(`${folder}/probe`);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return command;
    throw error;
  }
  await Deno.remove(`${folder}/probe`);
  const mount = [
    "unshare",
    "-rm",
    "sh",
    "-c",
    'mount -t tmpfs -o ro none "$0" && exec "$@"',
    folder,
  ];
  const [program = "", ...args] = [...mount, "true"];
  try {
    const { code } = await runProcess(program, args);
    return code === 0 ? [...mount, ...command] : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function eachOf(
  t: Deno.TestContext,
  outcomes: readonly Outcome[],
  judge: (outcome: Outcome) => void,
): Promise<void> {
  for (const [index, outcome] of outcomes.entries()) {
    await t.step(String(index + 1), () => {
      judge(outcome);
      assertEquals(outcome.out, "");
      assertClean(outcome);
    });
  }
}

// deno-lint-ignore-file no-console -- a script prints
/**
 * Shows what the host does, with real cells: a call, HTTP and SQLite, a
 * restart, and a refusal. Every line that starts with `$` was run as shown.
 *
 *     deno task demo
 *
 * @module
 */

import { fromFileUrl, join, relative } from "@std/path";
import { shellQuote } from "../src/cli/shell.ts";
import { ServedProcess } from "./served_process.ts";

const root = fromFileUrl(new URL("..", import.meta.url));
const main = "main.ts";
const listen = "127.0.0.1:0";

function say(text: string): void {
  console.log(text === "" ? "" : `\n# ${text}`);
}

function show(args: readonly string[]): void {
  console.log(
    `$ ${["deno", "run", "--no-prompt", ...args].map(shellQuote).join(" ")}`,
  );
}

function fail(what: string): never {
  console.error(`\ndemo failed: ${what}`);
  Deno.exit(1);
}

async function once(
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  show(args);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...args],
    cwd: root,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

async function fetchJson(url: string, init?: RequestInit): Promise<unknown> {
  const method = init?.method ?? "GET";
  const body = typeof init?.body === "string" ? ` -d '${init.body}'` : "";
  console.log(`$ curl -X ${method}${body} ${url}`);
  const response = await fetch(url, init);
  const text = await response.text();
  console.log(text.trim());
  if (!response.ok) fail(`${method} ${url} answered ${response.status}`);
  return JSON.parse(text);
}

async function serve(storage: string): Promise<ServedProcess> {
  const args = [
    "--allow-read=cells/notes," + storage,
    `--allow-write=${storage}`,
    `--allow-net=${listen}`,
    main,
    "run",
    "cells/notes",
    `--listen=${listen}`,
    `--storage-root=${storage}`,
  ];
  show(args);
  const served = await ServedProcess.start(args, root);
  console.log(served.startLog.trim());
  return served;
}

const storage = relative(
  root,
  await Deno.makeTempDir({ dir: root, prefix: ".demo-" }),
);
try {
  say("One call of one cell: it can read its own folder, and nothing else");
  const greeting = await once([
    "--allow-read=cells/hello",
    main,
    "call",
    "cells/hello",
    "greet",
    `{"name":"Ada"}`,
  ]);
  console.log(greeting.stdout.trim());
  if (greeting.code !== 0 || !greeting.stdout.includes("Ada")) {
    fail(greeting.stderr);
  }

  say("A cell that answers HTTP and keeps its data in SQLite");
  {
    await using notes = await serve(storage);
    await fetchJson(`${notes.url}/notes`, {
      method: "POST",
      body: `{"text":"water the plants"}`,
    });
    await fetchJson(`${notes.url}/notes`, {
      method: "POST",
      body: `{"text":"call Grace"}`,
    });
    await fetchJson(`${notes.url}/notes`);
    if (await notes.stop() !== 0) fail("the host did not stop cleanly");
  }

  say("Started again: the notes are still there");
  {
    await using notes = await serve(storage);
    const list = await fetchJson(`${notes.url}/notes`);
    if (!JSON.stringify(list).includes("water the plants")) {
      fail("the notes are gone");
    }
    if (await notes.stop() !== 0) fail("the host did not stop cleanly");
  }

  say(
    "The same start without its net flag: refused before any guest code runs",
  );
  const refused = await once([
    "--allow-read=cells/notes," + storage,
    `--allow-write=${storage}`,
    main,
    "run",
    "cells/notes",
    `--listen=${listen}`,
    `--storage-root=${storage}`,
  ]);
  console.log(refused.stderr.trim());
  console.log(`exit code ${refused.code}`);
  if (refused.code !== 3) fail("it was not refused");
  if (!refused.stderr.includes(`--allow-net=${listen}`)) {
    fail("the missing flag was not named");
  }
  console.log(
    `\nThat was ${join("cells", "hello")} and ${
      join("cells", "notes")
    }. README.md goes on from here.`,
  );
} finally {
  await Deno.remove(join(root, storage), { recursive: true });
}

import { assertEquals, assertInstanceOf } from "@std/assert";
import { parseManifest } from "../manifest/parse.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import {
  DeniedError,
  judge,
  type Requirement,
} from "../permissions/verdict.ts";
import type { JudgedCell } from "./cell_set.ts";
import { refusal, unreadable } from "./denied.ts";
import { RefusedError } from "./refused.ts";
import { reportError } from "./report.ts";
import { FakeIo } from "./testing/fake_io.ts";

const ARGV = ["run", "--listen", "127.0.0.1:8080", "cells/notes"];

function need(
  kind: PermissionRequest["kind"],
  target: string,
): PermissionRequest {
  return { kind, target, reason: "test" };
}

/** A cell that keeps data and listens, with the permissions that `granted` lists. */
function cell(
  name: string,
  argument: string,
  granted: readonly string[],
  more: readonly Requirement[] = [],
): JudgedCell {
  const manifest = `/w/cells/${name}/pulp.cell.toml`;
  const spec = parseManifest(
    `name = "${name}"
version = "1.0.0"
capabilities = [
  "storage.sqlite",
  "transport.http.inbound",
]
`,
    manifest,
  );
  const requirements: Requirement[] = [
    {
      capability: "module",
      declaredIn: "wasm",
      requests: [need("read", manifest), need("read", spec.wasmPath)],
    },
    {
      capability: "storage.sqlite",
      declaredIn: "capabilities",
      requests: [
        need("read", `/w/data/${name}`),
        need("write", `/w/data/${name}`),
      ],
    },
    {
      capability: "transport.http.inbound",
      declaredIn: "capabilities",
      requests: [need("net", "127.0.0.1:8080")],
    },
    ...more,
  ];
  const verdict = judge(
    spec,
    requirements,
    ({ name }) => granted.includes(name) ? "granted" : "prompt",
  );
  return { argument, spec, verdict };
}

async function refused(
  cells: readonly JudgedCell[],
): Promise<[code: number, text: string]> {
  const io = new FakeIo({ cwd: "/w", mainModule: "file:///w/main.ts" });
  const error = await refusal(cells, ARGV, io);
  return [reportError(error, io), io.err];
}

Deno.test("refusal() shows what is missing and the whole line to run instead", async () => {
  assertEquals(await refused([cell("notes", "cells/notes", ["read"])]), [
    3,
    `error: Cannot start cell "notes": Deno does not grant what is declared

  capability              manifest  Deno     missing flag
  module                  -         granted
  storage.sqlite          line 4    missing  --allow-write=data/notes
  transport.http.inbound  line 5    missing  --allow-net=127.0.0.1:8080

Run it with what it needs, and no more:

  deno run --no-prompt --allow-read=data/notes,cells/notes --allow-write=data/notes --allow-net=127.0.0.1:8080 main.ts run --listen 127.0.0.1:8080 cells/notes
`,
  ]);
});

Deno.test("refusal() names the files alone when a manifest was named as a file", async () => {
  const [, text] = await refused([
    cell("notes", "cells/notes/pulp.cell.toml", ["net"]),
  ]);
  assertEquals(
    text.split("\n").at(-2)?.split(" main.ts")[0],
    "  deno run --no-prompt --allow-read=cells/notes/pulp.cell.toml," +
      "cells/notes/cell.wasm,data/notes --allow-write=data/notes " +
      "--allow-net=127.0.0.1:8080",
  );
});

Deno.test("refusal() shows each cell that lacks a key, and flags for the whole set", async () => {
  const [code, text] = await refused([
    cell("a", "cells/a", []),
    cell("b", "cells/b", ["read", "write", "net"]),
    cell("c", "cells/c", ["net"]),
  ]);
  assertEquals(code, 3);
  assertEquals(
    text.split("\n")[0],
    'error: Cannot start cells "a", "c": Deno does not grant what is declared',
  );
  assertEquals(text.match(/^cell \w+:$/gm), ["cell a:", "cell c:"]);
  assertEquals(
    text.includes(
      "--allow-write=data/a,data/b,data/c --allow-net=127.0.0.1:8080 main.ts",
    ),
    true,
  );
});

Deno.test("refusal() is an error of the manifest when no flag can mend it", async () => {
  const cells = [
    cell("a", "cells/a", [], [{
      capability: "storage.sqlit",
      declaredIn: "capabilities",
      unknown: 'no such capability (did you mean "storage.sqlite"?)',
      requests: [],
    }]),
  ];
  const io = new FakeIo({ cwd: "/w" });
  assertInstanceOf(await refusal(cells, ARGV, io), DeniedError);
  const [code, text] = await refused(cells);
  assertEquals(code, 2);
  assertEquals(text.includes('(did you mean "storage.sqlite"?)'), true);
});

Deno.test("unreadable() asks for the manifests first", () => {
  const io = new FakeIo({
    cwd: "/w",
    mainModule: "file:///w/main.ts",
    granted: (it) => it.name === "read" && `${it.path}`.startsWith("/w/b"),
  });
  const error = unreadable(["a", "b", "/c/x.toml"], ["check", "a", "b"], io);
  assertInstanceOf(error, RefusedError);
  assertEquals(reportError(error, io), 3);
  assertEquals(
    io.err,
    `error: Cannot read the manifests: Deno was not given --allow-read=a,/c/x.toml

Run it with what it needs, and no more:

  deno run --no-prompt --allow-read=a,b,/c/x.toml main.ts check a b

What the cells need besides is known once their manifests can be read.
`,
  );
});

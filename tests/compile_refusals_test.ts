import { assertEquals, assertStringIncludes } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { writeCell } from "./guests/write_cell.ts";
import { assertClean } from "./support/bad_input.ts";
import { exists, STAND_IN } from "./support/compiling.ts";
import { pulp } from "./support/pulp.ts";

Deno.test("compile refuses what can't be compiled, and makes nothing", async (t) => {
  await using dir = new TempDir();
  const app = dir.join("app");
  const hello = await Deno.readFile("cells/hello/cell.wasm");
  const unknown = await writeCell(dir.path, {
    name: "unknown",
    wasm: hello,
    manifest: { capabilities: ["storage.sqlit"] },
  });
  const text = await writeCell(dir.path, {
    name: "text",
    wasm: new TextEncoder().encode("no module"),
  });
  const needy = await writeCell(dir.path, {
    name: "needy",
    wasm: hello,
    manifest: { depends_on: ["nobody"] },
  });
  await Deno.mkdir(dir.join("folder"));
  await Deno.writeTextFile(dir.join("precious.toml"), "keep = true\n");
  const cases: readonly [
    name: string,
    argv: readonly string[],
    code: number,
    says: string,
  ][] = [
    ["no manifest", ["-o", app], 2, "<manifest> is missing"],
    ["no output", ["cells/hello"], 2, '"--output" is missing'],
    [
      "a manifest that is not there",
      ["cells/helo", "-o", app],
      2,
      "there is no such file or folder",
    ],
    [
      "a capability that is none",
      [unknown, "-o", app],
      2,
      'did you mean "storage.sqlite"?',
    ],
    ["a module that is none", [text, "-o", app], 2, "text/cell.wasm"],
    [
      "a set that does not fit together",
      [needy, "-o", app],
      2,
      'depends on "nobody"',
    ],
    [
      "one cell twice",
      ["cells/hello", "cells/hello", "-o", app],
      2,
      "given twice",
    ],
    [
      "an address that is none",
      ["--listen", "8080", "cells/hello", "-o", app],
      2,
      "did you mean 127.0.0.1:8080?",
    ],
    [
      "a second address that is none",
      ["--listen=[::1]:0", "--listen=a b", "cells/hello", "-o", app],
      2,
      "is not a host name",
    ],
    [
      "a target that does not exist",
      ["--target", "x86_64-unknown-linux-gn", "cells/hello", "-o", app],
      2,
      'did you mean "x86_64-unknown-linux-gnu"?',
    ],
    [
      "a certificate without its key",
      ["--tls-cert=a.pem", "cells/hello", "-o", app],
      2,
      '"--tls-key" is missing',
    ],
    [
      "an extension that is not there",
      ["--ext=absent.ts", "cells/hello", "-o", app],
      2,
      "absent.ts",
    ],
    [
      "a folder in the way",
      ["cells/hello", "-o", dir.join("folder"), "--force"],
      2,
      "it is a folder",
    ],
    [
      "a file in the way",
      ["cells/hello", "-o", dir.join("precious.toml"), "--force"],
      2,
      "no executable",
    ],
    [
      "a folder that is not there",
      ["cells/hello", "-o", dir.join("absent", "app")],
      2,
      `hint: make it first: mkdir -p ${dir.join("absent")}\n`,
    ],
    [
      "a path through a file",
      ["cells/hello", "-o", dir.join("precious.toml", "app")],
      2,
      "Cannot write",
    ],
    [
      "a place where nothing can be written",
      ["cells/hello", "-o", "/proc/app"],
      2,
      'Cannot write "/proc/app"',
    ],
  ];
  for (const [name, argv, code, says] of cases) {
    await t.step(name, async () => {
      const outcome = await pulp(["compile", ...argv], {
        allow: ["read", "run"],
        env: STAND_IN,
      });
      assertEquals([outcome.code, outcome.out], [code, ""], outcome.err);
      assertStringIncludes(outcome.err, says);
      assertClean(outcome);
    });
  }
  await t.step("and what was there is there", async () => {
    const kept = await Deno.readTextFile(dir.join("precious.toml"));
    assertEquals(kept, "keep = true\n");
    assertEquals(await exists(app), false);
    assertEquals(await exists(dir.join("absent")), false);
  });
});

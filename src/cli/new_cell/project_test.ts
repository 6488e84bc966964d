import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { CONTRACT } from "../../capabilities/contract.ts";
import { parseManifest } from "../../manifest/parse.ts";
import { CAPABILITIES } from "./capability_examples.ts";
import {
  isLanguage,
  LANGUAGE_TEMPLATES,
  type LanguageName,
  LANGUAGES,
} from "./language.ts";
import { projectFiles } from "./project.ts";
import { readTemplate } from "./templates.ts";

const MAIN = { mainModule: "file:///opt/pulp/main.ts" };

/** The files of a project by path. */
async function project(
  lang: LanguageName,
  capabilities: readonly string[],
): Promise<Map<string, string>> {
  const language = LANGUAGE_TEMPLATES[lang];
  const template = await readTemplate(language);
  const wish = { folder: "/home/ada/hello", name: "hello", capabilities };
  const files = projectFiles({ ...wish, language, template }, MAIN);
  const byPath = new Map(files.map(({ path, text }) => [path, text]));
  assertEquals(byPath.size, files.length);
  return byPath;
}

function textOf(files: ReadonlyMap<string, string>, path: string): string {
  const text = files.get(path);
  assert(text !== undefined, path);
  return text;
}

for (const lang of Object.keys(LANGUAGES).filter(isLanguage)) {
  Deno.test(`a cell in ${lang} declares what was asked for, and uses no other function`, async () => {
    const { source } = LANGUAGE_TEMPLATES[lang];
    await fc.assert(fc.asyncProperty(
      fc.shuffledSubarray([...CAPABILITIES]),
      async (capabilities) => {
        const files = await project(lang, capabilities);
        const manifest = textOf(files, "pulp.cell.toml");
        const spec = parseManifest(manifest, "pulp.cell.toml");
        assertEquals(spec.capabilities, capabilities);
        const text = textOf(files, source);
        assert(!/^\s*(\/\/|;;)#/m.test(text), "marks are left");
        for (const name of spec.provides) {
          assert(text.includes(`"${name}"`), name);
        }
        for (const name of CAPABILITIES) {
          // AssemblyScript names its own functions; what it imports is looked
          // at where the cells are built.
          if (capabilities.includes(name) || name === "log.write") continue;
          for (const used of Object.keys(CONTRACT[name] ?? {})) {
            assert(!text.includes(used), `${used} of ${name}`);
          }
        }
      },
    ));
  });
}

Deno.test("the permissions of a cell are those that its examples need", async () => {
  const files = await project("wat", [
    "spawn.process",
    "network.udp",
    "transport.http.outbound",
  ]);
  const manifest = textOf(files, "pulp.cell.toml");
  const { permissions } = parseManifest(manifest, "pulp.cell.toml");
  assertEquals(permissions, {
    net: ["127.0.0.1", "example.com:443"],
    run: ["whoami"],
  });
  const bare = await project("wat", ["storage.sqlite"]);
  assertEquals(
    parseManifest(textOf(bare, "pulp.cell.toml"), "x").permissions,
    {},
  );
});

Deno.test("the task pulp grants what the cell needs, where it runs and where it is tested", async () => {
  const files = await project("c", [
    "storage.sqlite",
    "transport.http.inbound",
  ]);
  const { tasks } = JSON.parse(textOf(files, "deno.json"));
  assertEquals(
    tasks.pulp.command,
    "deno run --no-prompt --allow-read=. " +
      "--allow-write=pulp.ctl,data/hello,test-data/hello " +
      "--allow-net=unix:/home/ada/hello/pulp.ctl,127.0.0.1:8080,127.0.0.1:0 " +
      "/opt/pulp/main.ts",
  );
});

Deno.test("the task pulp does not grant the whole of net for a comma in the folder's name", async () => {
  const language = LANGUAGE_TEMPLATES.wat;
  const template = await readTemplate(language);
  const wish = { folder: "/a,b", name: "hello", capabilities: [] };
  const files = projectFiles({ ...wish, language, template }, MAIN);
  const config = files.find(({ path }) => path === "deno.json");
  const { tasks } = JSON.parse(config?.text ?? "");
  assert(!tasks.pulp.command.includes("--allow-net"), tasks.pulp.command);
});

Deno.test("the tasks name the program whatever its path is", async () => {
  const language = LANGUAGE_TEMPLATES.wat;
  const template = await readTemplate(language);
  const cell = { folder: "/p", name: "hello", capabilities: [] };
  const wish = { ...cell, language, template };
  const mains: readonly (readonly [main: string, word: string])[] = [
    ["file:///it's%20here/main.ts", `'/it'"'"'s here/main.ts'`],
    ["https://pulp.test/main.ts", "https://pulp.test/main.ts"],
  ];
  for (const [mainModule, word] of mains) {
    const files = projectFiles(wish, { mainModule });
    const config = files.find(({ path }) => path === "deno.json");
    const { tasks } = JSON.parse(config?.text ?? "");
    assert(tasks.pulp.command.endsWith(` ${word}`), tasks.pulp.command);
  }
});

Deno.test("a cell in AssemblyScript has the whole SDK", async () => {
  const sdk = new URL("../../../cells/sdk/assemblyscript/", import.meta.url);
  const files = await project("assemblyscript", []);
  for await (const { name, isFile } of Deno.readDir(sdk)) {
    if (!isFile) continue;
    const text = await Deno.readTextFile(new URL(name, sdk));
    assertEquals(textOf(files, `sdk/${name}`), text);
  }
});

Deno.test("a cell in Go has the MessagePack library of the example cell", async () => {
  const sum = new URL("../../../cells/echo-go/go.sum", import.meta.url);
  const files = await project("go", []);
  assertEquals(textOf(files, "go.sum"), await Deno.readTextFile(sum));
});

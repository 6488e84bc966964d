import { assert, assertEquals, assertThrows } from "@std/assert";
import { ManifestError } from "./problems.ts";
import { parseManifest } from "./parse.ts";

const FOLDER = new URL("./testdata/", import.meta.url);

/** `deno test ... src/manifest/golden_test.ts -- --update` writes the goldens anew. */
const UPDATE = Deno.args.includes("--update");

function reportOf(error: ManifestError): string {
  const lines = error.message.split("\n");
  assertEquals(lines.length, error.problems.length);
  return error.problems
    .map(({ hint }, i) => `${lines[i]}\n${hint ? `  hint: ${hint}\n` : ""}`)
    .join("");
}

async function golden(path: URL): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new Error(`Cannot compare "${path.pathname}": it is missing`, {
      cause,
    });
  }
}

Deno.test("parseManifest() says what the goldens say of each bad manifest", async (t) => {
  const files = new Set<string>();
  for await (const { name, isFile } of Deno.readDir(FOLDER)) {
    if (isFile) files.add(name);
  }
  const manifests = [...files].filter((name) => name.endsWith(".toml")).sort();
  assert(manifests.length > 30);
  for (const name of manifests) {
    const errName = name.replace(/\.toml$/, ".err");
    files.delete(name);
    files.delete(errName);
    await t.step(name, async () => {
      const text = await Deno.readTextFile(new URL(name, FOLDER));
      const error = assertThrows(
        () => parseManifest(text, name),
        ManifestError,
      );
      assertEquals(error.code, "manifest");
      const path = new URL(errName, FOLDER);
      if (UPDATE) await Deno.writeTextFile(path, reportOf(error));
      assertEquals(reportOf(error), await golden(path));
    });
  }
  assertEquals([...files], [], "files that belong to no manifest");
});

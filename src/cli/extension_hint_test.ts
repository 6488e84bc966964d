import { assertEquals } from "@std/assert";
import { TempDir } from "../testing/cell_folder.ts";
import { extensionHint } from "./extension_hint.ts";
import { FakeIo } from "./testing/fake_io.ts";

/** A folder with a manifest, an extension called `a b`, and what is none. */
async function folder(): Promise<TempDir> {
  const dir = new TempDir();
  for (const name of ["a b_extension.ts", "cell.ts", "z_extension.ts"]) {
    await Deno.writeTextFile(dir.join(name), "");
  }
  await Deno.mkdir(dir.join("folder_extension.ts"));
  return dir;
}

Deno.test("extensionHint() names what lies beside a manifest, ready for the shell", async () => {
  await using dir = await folder();
  const io = new FakeIo({ cwd: dir.path, granted: () => true });
  const cells = [1, 2].map(() => ({ manifestPath: dir.join("x.toml") }));
  assertEquals(
    await extensionHint(cells, [], io),
    "an extension lies beside the manifest: " +
      "add --ext 'a b_extension.ts' --ext z_extension.ts",
  );
  const given = new URL(`file://${dir.join("a b_extension.ts")}`).href;
  assertEquals(
    await extensionHint(cells, [given], io),
    "an extension lies beside the manifest: add --ext z_extension.ts",
  );
});

Deno.test("extensionHint() says nothing where there is none, or none can be looked for", async () => {
  await using dir = await folder();
  const cells = [{ manifestPath: dir.join("x.toml") }];
  const closed = new FakeIo({ cwd: dir.path });
  assertEquals(await extensionHint(cells, [], closed), undefined);
  const open = new FakeIo({ cwd: dir.path, granted: () => true });
  for (const name of ["folder_extension.ts", "nowhere"]) {
    const bare = [{ manifestPath: dir.join(name, "x.toml") }];
    assertEquals(await extensionHint(bare, [], open), undefined);
  }
});

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import {
  inventedMessages,
  tableRows,
  unexplained,
  unmentioned,
} from "./checks.ts";
import { anchorOf, blocksOf, linksOf } from "./markdown.ts";
import { Scratch } from "./scratch.ts";
import { Session } from "./transcript.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

Deno.test("blocksOf() finds each block with its kind, its words and its lines", () => {
  const text =
    "a\n```toml fragment file=x.toml\nk = 1\n```\n````md\n```\n````\n";
  assertEquals(blocksOf(text), [
    {
      line: 2,
      kind: "toml",
      words: ["fragment", "file=x.toml"],
      values: { file: "x.toml" },
      text: "k = 1\n",
    },
    { line: 5, kind: "md", words: [], values: {}, text: "```\n" },
  ]);
  assertThrows(() => blocksOf("```ts\n"), Error, "line 1: an open fence");
});

Deno.test("linksOf() passes over blocks and other sites", () => {
  const text =
    "[a](b.md#c) [x](https://x.test)\n```sh\n[no](no.md)\n```\n[d](#e)\n";
  assertEquals(linksOf(text), [
    { line: 1, path: "b.md", anchor: "c" },
    { line: 5, path: "", anchor: "e" },
  ]);
  assertEquals(anchorOf("4. Host `x_y` functions"), "4-host-x_y-functions");
});

Deno.test("unmentioned() takes whole names within code for mentioned", () => {
  const text = "`fs_read(path)` and fs_write and `a.b`";
  assertEquals(unmentioned(text, ["fs_read", "fs_write", "fs_rea", "a.b"]), [
    "fs_write",
    "fs_rea",
  ]);
});

Deno.test("tableRows() reads columns, with escaped bars", () => {
  assertEquals(tableRows("| a | b |\n| - | - |\n| `x\\|y` | 2 |\n"), [
    ["a", "b"],
    ["`x|y`", "2"],
  ]);
});

Deno.test("unexplained() finds messages that no heading is about", () => {
  const text =
    '### `Cannot read "<path>": <why>`\n### `no such cell`\n## HTTP\n';
  assertEquals(
    unexplained(text, [
      'Cannot read "a": it is away',
      'Cannot stop "b": no such cell here',
      'Cannot write "a": HTTP',
    ]),
    ['Cannot write "a": HTTP'],
  );
});

Deno.test("inventedMessages() finds messages that no source has", async () => {
  const text = '### `Unknown command "<name>"`\n### `Cannot fly to <planet>`\n';
  assertEquals(await inventedMessages(text, `${ROOT}src`), [
    "Cannot fly to <planet>",
  ]);
});

Deno.test("a transcript is run as it is shown, and fails where it differs", async (t) => {
  await using scratch = await Scratch.make(ROOT);
  await using session = new Session(scratch);

  await t.step("what is printed is compared, line by line", async () => {
    await session.play("$ echo a; echo b >&2\na\nb\n$ true\n");
    await assertRejects(() => session.play("$ echo a\nb\n"));
    await assertRejects(() => session.play("$ echo a\n"));
    await assertRejects(() => session.play("$ true\na\n"));
  });
  await t.step("dots stand for any lines, and only for lines", async () => {
    await session.play("$ printf '%s\\n' a b c d\n...\nc\n...\n");
    await session.play("$ echo a\n...\na\n");
    await assertRejects(() => session.play("$ echo a\n...\nb\n"));
    await assertRejects(() => session.play("$ echo ab\na...\n"));
  });
  await t.step("a failure has to be shown", async () => {
    await session.play("$ (exit 3)\n$ echo $?\n3\n");
    await assertRejects(() => session.play("$ (exit 3)\n$ true\n"));
    await assertRejects(() => session.runAll("(exit 3)\n"));
  });
  await t.step(
    "what runs in the background is ended, and says how",
    async () => {
      const script =
        "trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.01; done";
      await session.play(`$ bash -c "${script}" &\nup\n$ kill %1\nbye\n`);
      await session.play(
        "$ bash -c 'echo one; echo two' &\none\n$ wait\ntwo\n",
      );
      await using other = new Session(scratch);
      await assertRejects(() => other.play("$ bash -c 'echo one' &\ntwo\n"));
      await assertRejects(() => session.play("$ kill %1\n"), Error, "nothing");
    },
  );
});

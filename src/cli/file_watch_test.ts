import { assertEquals } from "@std/assert";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { until } from "../testing/until.ts";
import { type Changes, FileWatch } from "./file_watch.ts";
import type { FileNews } from "./settling.ts";

/** A watch of `a/file`, with what it told. */
class Watched implements Disposable {
  readonly told: FileNews[] = [];
  readonly logger = new TestLogger();
  readonly #watch: FileWatch;

  constructor(path: string) {
    this.#watch = new FileWatch({
      logger: this.logger,
      times: { settleMs: 30, goneMs: 200 },
      onChange: (changes: Changes) => this.told.push(...changes.values()),
    });
    this.#watch.watch([path]);
  }

  /** Waits until it has told `count` times. */
  async news(count: number): Promise<void> {
    await until(
      `${count} news of the file`,
      () => this.told.length >= count,
      () => `it told ${this.told}`,
    );
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}

// What is done to files is done in one turn: a look in between would be right
// to see it.

async function inFolder(
  use: (dir: TempDir, file: string) => Promise<void>,
): Promise<void> {
  await using dir = new TempDir();
  Deno.mkdirSync(dir.join("a"));
  const file = dir.join("a", "file");
  Deno.writeTextFileSync(file, "first");
  await use(dir, file);
}

Deno.test("FileWatch tells of a file that is there, that is written and that is replaced", async () => {
  await inFolder(async (dir, file) => {
    using watched = new Watched(file);
    await watched.news(1);
    Deno.writeTextFileSync(file, "second");
    await watched.news(2);
    Deno.writeTextFileSync(dir.join("new"), "second");
    Deno.renameSync(dir.join("new"), file);
    await watched.news(3);
    assertEquals(watched.told, ["changed", "changed", "changed"]);
    assertEquals(watched.logger.records, []);
  });
});

Deno.test("FileWatch tells of a file that goes and comes back", async () => {
  await inFolder(async (_, file) => {
    using watched = new Watched(file);
    await watched.news(1);
    Deno.removeSync(file);
    await watched.news(2);
    Deno.writeTextFileSync(file, "second");
    await watched.news(3);
    assertEquals(watched.told, ["changed", "gone", "changed"]);
  });
});

Deno.test("FileWatch follows a folder that is replaced by another one", async () => {
  await inFolder(async (dir, file) => {
    using watched = new Watched(file);
    await watched.news(1);
    for (let round = 2; round < 5; round++) {
      Deno.removeSync(dir.join("a"), { recursive: true });
      Deno.mkdirSync(dir.join("a"));
      Deno.writeTextFileSync(file, `round ${round}`);
      await watched.news(round);
    }
    Deno.writeTextFileSync(file, "in the last one");
    await watched.news(5);
    assertEquals(new Set(watched.told), new Set(["changed"]));
  });
});

Deno.test("FileWatch follows a link to a folder that leads elsewhere", async () => {
  await inFolder(async (dir) => {
    for (const name of ["v1", "v2"]) {
      Deno.mkdirSync(dir.join(name));
      Deno.writeTextFileSync(dir.join(name, "file"), name);
    }
    const link = async (to: string): Promise<void> => {
      await Deno.symlink(to, dir.join("next"));
      Deno.renameSync(dir.join("next"), dir.join("link"));
    };
    await link("v1");
    using watched = new Watched(dir.join("link", "file"));
    await watched.news(1);
    await link("v2");
    await watched.news(2);
    Deno.writeTextFileSync(dir.join("v2", "file"), "changed in place");
    await watched.news(3);
  });
});

Deno.test("FileWatch waits for a folder that is not there yet", async () => {
  await inFolder(async (dir) => {
    using watched = new Watched(dir.join("later", "file"));
    await watched.news(1);
    Deno.mkdirSync(dir.join("later"));
    Deno.writeTextFileSync(dir.join("later", "file"), "there");
    await watched.news(2);
    assertEquals(watched.told, ["gone", "changed"]);
  });
});

Deno.test("FileWatch tells of a file once, however much happens around it", async () => {
  await inFolder(async (dir, file) => {
    using watched = new Watched(file);
    await watched.news(1);
    for (let i = 0; i < 2_000; i++) {
      Deno.writeTextFileSync(dir.join("a", `other${i % 50}`), `${i}`);
    }
    Deno.writeTextFileSync(file, "second");
    await watched.news(2);
    assertEquals(watched.told.length, 2);
  });
});

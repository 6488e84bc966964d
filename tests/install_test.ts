/**
 * `pulp` as `deno install --global` puts it on the path, used from elsewhere.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { TempDir } from "../src/testing/cell_folder.ts";
import { until } from "../src/testing/until.ts";
import { type Outcome, ROOT, runProcess } from "./support/pulp.ts";

const SYSTEM_PATH = "/usr/bin:/bin";

/** A folder with `deno` and `pulp`, and one with cells, far from the clone. */
class Installed extends TempDir {
  readonly #env: Record<string, string>;

  constructor() {
    super();
    this.#env = {
      DENO_INSTALL_ROOT: this.join("installed"),
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      PATH: `${this.join("bin")}:${
        this.join("installed", "bin")
      }:${SYSTEM_PATH}`,
    };
  }

  /** Installs with these flags, as docs/operating.md shows it. */
  static async with(...flags: string[]): Promise<Installed> {
    const place = new Installed();
    try {
      await Deno.mkdir(place.join("bin"));
      await Deno.symlink(Deno.execPath(), place.join("bin", "deno"));
      for (const name of ["hello", "files", "notes"]) await place.#copy(name);
      await place.install(...flags);
      return place;
    } catch (error) {
      await place[Symbol.asyncDispose]();
      throw error;
    }
  }

  async install(...flags: string[]): Promise<void> {
    const { code, err } = await runProcess(Deno.execPath(), [
      "install",
      "--global",
      "--force",
      "--name=pulp",
      "--config=deno.json",
      "--frozen=false",
      "--quiet",
      "--no-prompt",
      ...flags,
      "main.ts",
    ], { cwd: ROOT, env: this.#env });
    assertEquals([code, err], [0, ""]);
  }

  /** The folder in which commands run. */
  get cells(): string {
    return this.join("cells");
  }

  get program(): string {
    return this.join("installed", "bin", "pulp");
  }

  pulp(...argv: string[]): Promise<Outcome> {
    return runProcess(this.program, argv, { cwd: this.cells, env: this.#env });
  }

  shell(script: string): Promise<Outcome> {
    const { cells: cwd } = this;
    return runProcess("bash", ["-c", script], { cwd, env: this.#env });
  }

  async #copy(name: string): Promise<void> {
    await Deno.mkdir(join(this.cells, name), { recursive: true });
    for (const file of ["pulp.cell.toml", "cell.wasm"]) {
      await Deno.copyFile(
        join(ROOT, "cells", name, file),
        join(this.cells, name, file),
      );
    }
  }
}

function freeAddress(): { readonly listen: string; readonly url: string } {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listen = `127.0.0.1:${listener.addr.port}`;
  return { listen, url: `http://${listen}` };
}

/** Whether a process has ended, as far as is known. */
function hasEnded(process: Promise<Outcome>): Promise<boolean> {
  return Promise.race([process.then(() => true), Promise.resolve(false)]);
}

Deno.test("an installed pulp is found on the path, and works in another folder", async () => {
  await using place = await Installed.with("--allow-read");
  const alone = await place.shell("pulp");
  assertEquals([alone.code, alone.out], [2, ""]);
  assertStringIncludes(alone.err, "Usage: pulp <command> [options]");
  const { out } = await place.shell("pulp --version");
  assertMatch(out, /^pulp \d+\.\d+\.\d+ \(Deno /);
  assertEquals(
    await place.shell(`pulp call hello greet '{"name":"Ada"}'`),
    { code: 0, out: '{"message":"Hello, Ada!"}\n', err: "" },
  );
  const checked = await place.shell("pulp check --json hello");
  assertEquals([checked.code, JSON.parse(checked.out).ok], [0, true]);
});

Deno.test("the line that an installed pulp prints works where it is printed", async () => {
  await using place = await Installed.with("--allow-read");
  const refused = await place.pulp("call", "files", "list");
  assertEquals([refused.code, refused.out], [3, ""]);
  const line = refused.err.split("\n").find((it) =>
    it.startsWith("  deno run")
  );
  assertStringIncludes(line ?? "", `${ROOT}main.ts call files list`);
  const ran = await place.shell(line ?? "exit 99");
  assertEquals([ran.code, ran.err], [0, ""]);
  JSON.parse(ran.out);
});

Deno.test("an installed pulp completes its own command lines", async () => {
  await using place = await Installed.with();
  const { code, out, err } = await place.shell(
    "source <(pulp completions bash) && complete -p pulp && " +
      'COMP_WORDS=(pulp relo) COMP_CWORD=1 && _pulp && echo "$COMPREPLY"',
  );
  assertEquals([code, out, err], [0, "complete -F _pulp pulp\nreload\n", ""]);
});

Deno.test("an installed pulp hosts cells with what it was installed with, and no more", async () => {
  await using place = await Installed.with();
  const ctl = join(place.cells, "pulp.ctl");
  await place.install(
    "--allow-read",
    "--allow-write=data,pulp.ctl",
    `--allow-net=127.0.0.1,unix:${ctl}`,
  );
  const { url, listen } = freeAddress();
  const host = place.pulp("run", `--listen=${listen}`, "hello", "notes");
  let shown = await place.pulp("ps", "--json");
  try {
    await until("a host that answers", async () => {
      if (shown.code === 0) return true;
      if (await hasEnded(host)) throw new Error((await host).err);
      shown = await place.pulp("ps", "--json");
      return false;
    }, () => shown.err);
    const body = JSON.stringify({ text: "water the plants" });
    const answer = await fetch(`${url}/notes`, { method: "POST", body });
    assertEquals((await answer.json()).text, "water the plants");
  } finally {
    assertEquals((await place.pulp("stop", "--all")).code, 0);
  }
  const cells: { name: string }[] = JSON.parse(shown.out).cells;
  assertEquals(cells.map(({ name }) => name), ["hello", "notes"]);
  const { code, err } = await host;
  assertEquals(code, 0, err);
  const elsewhere = await place.pulp(
    "call",
    `--storage-root=${place.join("elsewhere")}`,
    "files",
    "list",
  );
  assertEquals(elsewhere.code, 3);
});

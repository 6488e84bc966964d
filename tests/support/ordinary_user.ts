/**
 * The program as a user without privileges, who has a copy of it.
 *
 * @module
 */

import { basename, join } from "@std/path";
import { type Outcome, runProcess } from "./pulp.ts";

const NOBODY = "65534";

/** Why nobody can be had here. The reason is made to stand behind a test's name. */
export const ordinaryUserSkip = skip();

function skip(): { readonly isSkipped: boolean; readonly reason: string } {
  const because = (why: string): { isSkipped: boolean; reason: string } => ({
    isSkipped: true,
    reason: ` (skipped: ${why})`,
  });
  if (Deno.build.os !== "linux") return because("users change on Linux only");
  const id = new Deno.Command("id", { args: ["-u"] }).outputSync();
  if (new TextDecoder().decode(id.stdout).trim() !== "0") {
    return because("the tests run as an ordinary user anyway");
  }
  try {
    new Deno.Command("setpriv", { args: ["--version"] }).outputSync();
  } catch {
    return because("there is no setpriv");
  }
  return { isSkipped: false, reason: "" };
}

/** A user of the program. */
export interface OrdinaryUser extends AsyncDisposable {
  /** Runs a line of shell in the folder of the copy; `deno` in it is the one of the tests. */
  run(line: string): Promise<Outcome>;
}

/** Copies the program, Deno and its cache to where nobody can use them. */
export async function nobody(root: string): Promise<OrdinaryUser> {
  const home = await Deno.makeTempDir({ prefix: "pulp-nobody-" });
  const project = join(home, "project");
  const cache = join(home, "cache");
  const deno = join(home, "deno");
  const packages = "npm/registry.npmjs.org";
  await Deno.mkdir(join(cache, packages), { recursive: true });
  await Deno.mkdir(project);
  const from = join(await denoDir(), packages);
  // What only builds guests and tests is large.
  const skipped = ["binaryen", "assemblyscript", "wabt", "fast-check"];
  const needed = [...Deno.readDirSync(from)].map(({ name }) => name)
    .filter((name) => !skipped.includes(name));
  await copy(needed.map((name) => join(from, name)), join(cache, packages));
  await copy(
    ["main.ts", "deno.json", "deno.lock", "src"].map((it) => join(root, it)),
    project,
  );
  await Deno.copyFile(Deno.execPath(), deno);
  await done("chown", ["-R", `${NOBODY}:${NOBODY}`, home]);
  await done("chmod", ["-R", "u+rwX", home]);
  await done("chmod", ["u+x", deno]);
  const settings = [`DENO_DIR=${cache}`, `HOME=${home}`, "NO_COLOR=1"];
  return {
    run: (line) =>
      runProcess("setpriv", [
        ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
        ...["env", ...settings, "bash", "-c"],
        ...[`deno() { "$0" "$@"; }; ${line}`, deno],
      ], { cwd: project }),
    [Symbol.asyncDispose]: () => Deno.remove(home, { recursive: true }),
  };
}

async function denoDir(): Promise<string> {
  const { out } = await runProcess(Deno.execPath(), ["info", "--json"]);
  return (JSON.parse(out) as { denoDir: string }).denoDir;
}

async function copy(paths: readonly string[], folder: string): Promise<void> {
  for (const path of paths) {
    await done("cp", ["-r", path, join(folder, basename(path))]);
  }
}

async function done(program: string, args: readonly string[]): Promise<void> {
  const { code, err } = await runProcess(program, args);
  if (code !== 0) throw new Error(`${program} failed: ${err}`);
}

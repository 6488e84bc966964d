/**
 * Ways out of a cell's folder. They are tried on this thread, where Deno lets
 * the doctor write anywhere in its folder: the host's own wall has to stand.
 * Only ATTACH and its like Deno refuses by itself, unless it allows all.
 *
 * @module
 */

import { resolvePath } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { type Check, type Finding, held, notHeld, NotTried } from "./check.ts";
import type { Ground } from "./ground.ts";

const SQLITE = `capabilities = ["storage.sqlite"]`;
const FILES = ["data.db", "data.db-wal", "data.db-shm", "data.db-journal"];
const NAMES = ["../outside", "..", ".", "a/b", ""];

/** The checks of the capabilities that keep files. */
export const STORAGE_CHECKS: readonly Check[] = [
  {
    id: "paths.sqlite.folder_link",
    promise: "storage.sqlite follows no link in place of a cell's folder",
    tried: "a symbolic link to a folder outside",
    needs: (ground) => ground.linkNeeds(),
    run: (ground) =>
      staysInside(ground, ({ root, outside }) => {
        ground.link(outside, resolvePath(root, "queries"));
        return [{ sql: "CREATE TABLE t(v)" }];
      }),
  },
  {
    id: "paths.sqlite.file_link",
    promise: "storage.sqlite follows no link in place of its files",
    tried: `a symbolic link for each of ${FILES.length} files`,
    needs: (ground) => ground.linkNeeds(),
    run: async (ground) => {
      for (const file of FILES) {
        const finding = await staysInside(ground, ({ root, outside }) => {
          Deno.mkdirSync(resolvePath(root, "queries"));
          ground.link(
            resolvePath(outside, "target"),
            resolvePath(root, `queries/${file}`),
          );
          return [{ sql: "CREATE TABLE t(v)" }];
        });
        if (!finding.held) return notHeld(`${file}: ${finding.seen}`);
      }
      return held(`${FILES.length} of ${FILES.length} refused`);
    },
  },
  {
    id: "paths.sqlite.statements",
    promise: "No statement of storage.sqlite reaches another file",
    tried: "ATTACH, VACUUM INTO, load_extension",
    needs: (ground) => ground.scratchNeeds(),
    run: (ground) =>
      staysInside(ground, ({ outside }) => {
        const target = resolvePath(outside, "target.db");
        return [
          { sql: `ATTACH '${target}' AS other` },
          { sql: `ATTACH 'file:${target}?mode=rwc' AS other` },
          { sql: `VACUUM INTO '${target}'` },
          { sql: `SELECT load_extension('${target}')` },
        ];
      }),
  },
  {
    id: "paths.sqlite.name",
    promise: "No name of a cell leads storage.sqlite out of its folder",
    tried: NAMES.map((name) => JSON.stringify(name)).join(" "),
    needs: (ground) => ground.scratchNeeds(),
    run: (ground) =>
      staysInside(
        ground,
        () => NAMES.map((name) => ({ sql: "CREATE TABLE t(v)", name })),
      ),
  },
];

/** Where an experiment may write, and where nothing may appear. */
interface Folders {
  readonly root: string;
  readonly outside: string;
}

/** One statement, of a cell of some name. */
interface Attempt {
  readonly sql: string;
  readonly name?: string;
}

async function staysInside(
  ground: Ground,
  prepare: (folders: Folders) => readonly Attempt[],
): Promise<Finding> {
  const folder = ground.folder();
  const folders: Folders = {
    root: resolvePath(folder, "data"),
    outside: resolvePath(folder, "outside"),
  };
  Deno.mkdirSync(folders.root);
  Deno.mkdirSync(folders.outside);
  const attempts = prepare(folders);
  for (const { sql, name } of attempts) {
    const code = await ran(ground, folders, sql, { name: name ?? "queries" });
    const made = [...Deno.readDirSync(folders.outside)].map((it) => it.name);
    if (code === 0 || made.length > 0) {
      const what = made.length > 0 ? `, and made ${made.join(", ")}` : "";
      const who = name === undefined ? "" : ` of cell "${name}"`;
      return notHeld(`${sql}${who} answered ${code}${what}`);
    }
  }
  const code = await ran(ground, folders, "CREATE TABLE IF NOT EXISTS t(v)", {
    name: "control",
  });
  if (code !== 0) {
    throw new NotTried(`a plain statement fails here as well: ${code}`);
  }
  return held(`${attempts.length} of ${attempts.length} refused`);
}

async function ran(
  ground: Ground,
  { root }: Folders,
  sql: string,
  spec: Partial<CellSpec>,
): Promise<number> {
  await using cell = await ground.cell("queries", {
    manifest: SQLITE,
    storageRoot: root,
    spec,
  });
  const [code = -1] = await cell.call("exec", new TextEncoder().encode(sql));
  return code;
}

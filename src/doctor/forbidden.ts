/**
 * What a cell's worker may not do, in every way that Deno has for it.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";

/** What is tried. */
export const KINDS = ["read", "write", "net", "env", "run", "worker"] as const;

/** One of {@linkcode KINDS}. */
export type Kind = typeof KINDS[number];

type Way = (target: string) => unknown;

const WAYS: Readonly<Record<Kind, Readonly<Record<string, Way>>>> = {
  read: {
    "Deno.readFileSync": (path) => Deno.readFileSync(path),
    "Deno.statSync": (path) => Deno.statSync(path),
    "Deno.open": async (path) => (await Deno.open(path)).close(),
    "fetch of a file": async (path) => {
      const response = await fetch(new URL(`file://${path}`));
      await response.body?.cancel();
    },
    "node:fs": (path) => readFileSync(path),
    "node:sqlite": (path) => {
      using database = new DatabaseSync(path, { readOnly: true });
      database.exec("PRAGMA user_version");
    },
  },
  write: {
    "Deno.writeTextFileSync": (path) => Deno.writeTextFileSync(path, "x"),
    "Deno.mkdirSync": (path) => Deno.mkdirSync(`${path}.folder`),
    "Deno.openSync": (path) =>
      Deno.openSync(`${path}.open`, { write: true, create: true }).close(),
    "node:fs": (path) => writeFileSync(`${path}.node`, "x"),
    "node:sqlite": (path) => {
      using database = new DatabaseSync(`${path}.db`);
      database.exec("CREATE TABLE t(v)");
    },
  },
  net: {
    "Deno.connect": async (address) => {
      const { hostname, port } = new URL(`http://${address}`);
      (await Deno.connect({ hostname, port: Number(port) })).close();
    },
    "Deno.listen": (address) => {
      const { hostname } = new URL(`http://${address}`);
      Deno.listen({ hostname, port: 0 }).close();
    },
    "fetch": async (address) => {
      await (await fetch(`http://${address}`)).body?.cancel();
    },
    "node:net": (address) => {
      const { hostname, port } = new URL(`http://${address}`);
      return new Promise<void>((resolve, reject) => {
        const socket = createConnection(Number(port), hostname);
        socket.on("connect", () => resolve(void socket.destroy()));
        socket.on("error", reject);
      });
    },
  },
  env: {
    "Deno.env.get": (name) => Deno.env.get(name),
    "Deno.env.set": (name) => {
      Deno.env.set(name, "x");
      Deno.env.delete(name);
    },
    "node:process": (name) => process.env[name],
  },
  run: {
    "Deno.Command": (program) =>
      new Deno.Command(program, { stdout: "null", stderr: "null" })
        .outputSync(),
    "node:child_process": (program) =>
      execFileSync(program, { stdio: "ignore", env: {} }),
  },
  worker: {
    "a worker that may read": (path) => startWorker({ read: [path] }),
    "a worker that may write": (path) => startWorker({ write: [path] }),
    "a worker that may read everything": () => startWorker({ read: true }),
    "a worker that may do everything": () =>
      startWorker({ read: true, write: true, net: true, env: true, run: true }),
  },
};

/**
 * The ways in which something that Deno should have refused was not refused.
 * What failed for another reason than a permission counts as such.
 */
export async function reachedBy(kind: Kind, target: string): Promise<string[]> {
  const reached: string[] = [];
  for (const [name, way] of Object.entries(WAYS[kind])) {
    try {
      await way(target);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) continue;
    }
    reached.push(name);
  }
  return reached;
}

function startWorker(permissions: Deno.PermissionOptionsObject): void {
  new Worker("data:application/javascript,", {
    type: "module",
    deno: { permissions },
  }).terminate();
}

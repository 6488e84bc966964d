/**
 * The program of a cell's worker, with the code of its capabilities and of no
 * other: to load all of it takes longer than the rest of a worker's start.
 *
 * @module
 */

import { CODE_OF, type CodePath } from "../capabilities/code.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { WORKER_URL } from "./worker_permissions.ts";

/**
 * The URL of the program for a cell. What it imports is loaded with the
 * permissions of who starts the worker; the worker itself can't load more.
 * With `listens` false its requests come from the main thread. An executable
 * has one program for all cells: what it holds was chosen when it was made.
 */
export function workerProgram(
  { capabilities }: Pick<CellSpec, "capabilities">,
  listens: boolean,
  standalone: boolean = Deno.build.standalone,
): URL {
  if (standalone) return WORKER_URL;
  const paths = new Set<CodePath>(
    capabilities.flatMap((name) =>
      Object.hasOwn(CODE_OF, name) ? CODE_OF[name] ?? [] : []
    ),
  );
  const modules: (readonly [key: string, path: string])[] = [...paths].map((
    path,
  ) => [JSON.stringify(path), `../capabilities/${path}`]);
  if (!listens) modules.push(["remoteInbound", "./remote_inbound.ts"]);
  const source = [
    `import { serveCell } from ${quoted("./cell_runtime.ts")};`,
    ...modules.map(([, path], n) => `import * as m${n} from ${quoted(path)};`),
    `const code = { ${
      modules.map(([key], n) => `${key}: m${n}`).join(", ")
    } };`,
    `serveCell({`,
    `  capability: (path) => Promise.resolve(code[path]),`,
    `  remoteInbound: () => Promise.resolve(code.remoteInbound),`,
    `});`,
  ].join("\n");
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

function quoted(path: string): string {
  return JSON.stringify(new URL(path, import.meta.url).href);
}

/**
 * Deno's own wall around each cell: a capability that is broken on purpose
 * runs in a cell's worker, and tries there what its process may do and the
 * cell may not.
 *
 * @module
 */

import { builtinRegistry } from "../capabilities/builtin.ts";
import { resolvePath } from "../manifest/paths.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { BROKEN } from "./broken_capability.ts";
import { type Check, type Finding, held, notHeld, NotTried } from "./check.ts";
import { type Kind, reachedBy } from "./forbidden.ts";
import { type Ground, PROGRAM } from "./ground.ts";
import { LocalServer } from "./local_server.ts";
import { Records } from "./records.ts";

/** A variable that nobody sets; asking for it is what is tried. */
const VARIABLE = "PULP_DOCTOR";

const BROKEN_WORKER = new URL("./broken_worker.ts", import.meta.url);

/** The checks, one for each kind of permission. */
export const WORKER_CHECKS: readonly Check[] = [
  narrowed("read", "reads no file that is not its cell's", [], {
    tried: "a file beside its folder",
    target: (ground) => {
      const path = resolvePath(ground.folder(), "secret");
      Deno.writeTextFileSync(path, "");
      return path;
    },
  }),
  narrowed("write", "writes no file that is not its cell's", [], {
    tried: "files beside its folder",
    target: (ground) => resolvePath(ground.folder(), "written"),
  }),
  {
    ...narrowed("net", "connects to nothing that is not its cell's", [
      { kind: "net", target: "127.0.0.1", reason: "a server to reach" },
    ], { tried: "a server on this machine", target: () => "" }),
    run: async (ground) => {
      await using server = new LocalServer(() => new Response("ok"));
      return await tries(ground, "net", () => server.address);
    },
  },
  narrowed("env", "sees no environment that is not its cell's", [
    { kind: "env", target: VARIABLE, reason: "a variable to ask for" },
  ], { tried: `the variable ${VARIABLE}`, target: () => VARIABLE }),
  narrowed("run", "starts no program", [
    { kind: "run", target: PROGRAM, reason: "a program to start" },
  ], { tried: `the program ${PROGRAM}`, target: () => PROGRAM }),
  narrowed("worker", "gets no worker with more than itself", [], {
    tried: "workers that may read and write",
    target: (ground) => ground.folder(),
  }),
];

/** What differs between the kinds. */
interface Attempt {
  readonly tried: string;
  target(ground: Ground): string;
}

function narrowed(
  kind: Kind,
  promise: string,
  more: readonly PermissionRequest[],
  attempt: Attempt,
): Check {
  return {
    id: `worker.${kind}`,
    promise: `A broken capability ${promise}`,
    tried: attempt.tried,
    denies: true,
    needs: (ground) => [...ground.ownWorkerNeeds(), ...more],
    run: (ground) => tries(ground, kind, attempt.target),
  };
}

async function tries(
  ground: Ground,
  kind: Kind,
  target: (ground: Ground) => string,
): Promise<Finding> {
  // What the process itself can't do shows nothing when a worker can't.
  const possible = await reachedBy(kind, target(ground));
  if (possible.length === 0) {
    throw new NotTried("the process itself can't do it in any way");
  }
  const records = new Records();
  const registry = builtinRegistry().gated(ground.parts.broken());
  await using host = await ground.host(
    {
      tries: {
        module: "tries",
        manifest: `capabilities = ["${BROKEN}"]`,
      },
    },
    records,
    { registry, workerProgram: BROKEN_WORKER },
  );
  const answer = await host.call(
    "tries",
    kind,
    new TextEncoder().encode(target(ground)),
  );
  const reached = (JSON.parse(new TextDecoder().decode(answer)) as string[])
    .filter((way) => possible.includes(way));
  return reached.length === 0
    ? held(`Deno refused ${possible.length} of ${possible.length} ways`)
    : notHeld(`it was done by way of ${reached.join(", ")}`);
}

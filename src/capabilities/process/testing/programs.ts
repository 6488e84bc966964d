/**
 * A program for tests: starts programs as a cell would, under the permissions
 * that it was started with, and prints what it learns as JSON.
 *
 * @module
 */

import { ProcessCell } from "./process_cell.ts";

interface Order {
  readonly root: string;
  readonly run?: readonly string[];
  readonly env?: readonly string[];
  readonly requests: readonly object[];
}

const { root, run, env, requests }: Order = JSON.parse(Deno.args[0]!);
await using cell = new ProcessCell(root, {
  ...(run === undefined ? {} : { run }),
  ...(env === undefined ? {} : { env }),
});
const answers: (number | string)[] = [];
for (const request of requests) {
  const id = cell.run(request);
  if (id < 100) answers.push(id);
  else {
    const { stdout, error } = await cell.result(id);
    answers.push(error ?? stdout);
  }
}
const complaints = cell.complaints();
await Deno.stdout.write(
  new TextEncoder().encode(JSON.stringify({ answers, complaints })),
);

/**
 * A program for tests: fetches as a cell would, under the permissions that it
 * was started with, and prints the codes, bodies and log records as JSON.
 *
 * @module
 */

import { httpOutbound } from "../../http_outbound.ts";
import { FakeCell } from "./fake_cell.ts";
import { TEST_CA } from "./tls.ts";

interface Order {
  readonly net?: readonly string[];
  readonly urls: readonly string[];
  /** Instead of the system's resolver. */
  readonly resolved?: Readonly<Record<string, readonly string[]>>;
}

const { net, urls, resolved }: Order = JSON.parse(Deno.args[0]!);
await using cell = new FakeCell(
  httpOutbound({
    caCerts: [TEST_CA],
    ...(resolved === undefined
      ? {}
      : { resolve: (host) => Promise.resolve(resolved[host] ?? []) }),
  }),
  net === undefined ? {} : { net },
);
const codes: number[] = [];
const texts: string[] = [];
for (const url of urls) {
  const { code, text } = await cell.fetch({ url });
  codes.push(code);
  texts.push(text);
}
const log = cell.records.map((record) => JSON.stringify(record)).join("\n");
await Deno.stdout.write(
  new TextEncoder().encode(JSON.stringify({ codes, texts, log })),
);

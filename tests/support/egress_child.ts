// deno-lint-ignore-file no-console -- prints what it found
/**
 * Started as a process that may reach every host: asks for each forbidden
 * target from within a cell's worker, and prints the codes.
 *
 * @module
 */

import { FORBIDDEN } from "../../src/capabilities/http/testing/targets.ts";
import { MsgpackWriter } from "../../src/abi/writer.ts";
import { defaultEnv } from "../../src/cell/load.ts";
import { Host } from "../../src/host/host.ts";
import { readManifest } from "../../src/manifest/parse.ts";

const manifest = Deno.args[0] ?? "";
await using host = await Host.start([await readManifest(manifest)], {
  env: defaultEnv(),
});
const codes: Record<string, number | undefined> = {};
for (const url of FORBIDDEN) {
  const request = new MsgpackWriter().map(4).str("method").str("").str("url")
    .str(url)
    .str("headers").nil().str("body").nil().finish().slice();
  codes[url] = (await host.call("fetcher", "fetch", request))[0];
}
console.log(JSON.stringify(codes));

/**
 * Targets that a cell may not reach.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { MsgpackWriter } from "../abi/writer.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { type Check, type Finding, held, notHeld, NotTried } from "./check.ts";
import type { CellOptions, Ground } from "./ground.ts";
import { LocalServer } from "./local_server.ts";
import { Records } from "./records.ts";

const OUTBOUND = `capabilities = ["transport.http.outbound"]\n`;

/** One of each range that is nobody's business, in the forms that URLs may take. */
const LITERALS: readonly string[] = [
  "127.0.0.1",
  "127.255.0.1",
  "2130706433",
  "0x7f.1",
  "017700000001",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.1.1",
  "100.64.0.1",
  "169.254.169.254",
  "[::1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[fe80::1]",
  "[fd00:ec2::254]",
];

/** What names stand for in the experiments. The last of several is the private one. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "loopback.test": ["127.0.0.1"],
  "private.test": ["10.0.0.1"],
  "metadata.test": ["169.254.169.254"],
  "mapped.test": ["::ffff:10.0.0.1"],
  "local.test": ["fd00::1"],
  "mixed.test": ["203.0.113.1", "10.0.0.1"],
};

/** The checks. Those that need no connection need no permission. */
export const EGRESS_CHECKS: readonly Check[] = [
  {
    id: "egress.literal",
    promise: "Private addresses are out of reach",
    tried: `http_fetch of ${LITERALS.length} literals`,
    needs: () => [],
    run: (ground) =>
      allRefused(ground, LITERALS.map((host) => `http://${host}/`)),
  },
  {
    id: "egress.name",
    promise: "Names that stand for private addresses are, too",
    tried: `http_fetch of localhost and ${
      Object.keys(NAMES).length
    } names that resolve to such`,
    needs: () => [],
    run: (ground) =>
      allRefused(
        ground,
        ["localhost", "a.localhost", ...Object.keys(NAMES)].map((host) =>
          `http://${host}/`
        ),
        { resolve: (host) => Promise.resolve(NAMES[host] ?? ["127.0.0.1"]) },
      ),
  },
  {
    id: "egress.loopback",
    promise: "A server on this machine is reached only when listed",
    tried: "http_fetch of a local server, listed and not",
    needs: loopback,
    run: reachesOnlyListed,
  },
  {
    id: "egress.redirect",
    promise: "A redirect leads to no target that is not listed",
    tried: "a listed server that redirects to one that is not",
    needs: loopback,
    run: followsNoRedirect,
  },
];

function loopback(): readonly PermissionRequest[] {
  return [{ kind: "net", target: "127.0.0.1", reason: "servers to reach" }];
}

async function allRefused(
  ground: Ground,
  urls: readonly string[],
  options: CellOptions = {},
): Promise<Finding> {
  for (const url of urls) {
    const { code, byManifest, said } = await fetched(ground, url, {
      manifest: OUTBOUND,
      ...options,
    });
    // A refusal by Deno would only show that Deno's wall stands.
    if (code !== CODE.notAllowed || !byManifest) {
      return notHeld(`${url} answered ${code}, not by the host's wall${said}`);
    }
  }
  return held(`${urls.length} of ${urls.length} refused before any connection`);
}

async function reachesOnlyListed(ground: Ground): Promise<Finding> {
  await using server = new LocalServer(() => new Response("ok"));
  const { address } = server;
  const url = `http://${address}/`;
  for (const list of [undefined, `["127.0.0.1:1"]`, `["example.com"]`]) {
    const { code, byManifest, said } = await fetched(ground, url, {
      manifest: list === undefined ? OUTBOUND : listing(list),
    });
    if (code !== CODE.notAllowed || !byManifest || server.requests > 0) {
      return notHeld(
        `with net = ${list ?? "(no list)"} it answered ${code}${said}`,
      );
    }
  }
  return await controlled(
    ground,
    address,
    () => held("refused three times, reached once it was listed"),
  );
}

async function followsNoRedirect(ground: Ground): Promise<Finding> {
  await using hidden = new LocalServer(() => new Response("secret"));
  const targets = [
    `http://${hidden.address}/`,
    `//${hidden.address}/`,
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/",
    "http://localhost/",
  ];
  await using open = new LocalServer((request) => {
    const index = Number(new URL(request.url).pathname.slice(1));
    const location = targets[index];
    return location === undefined
      ? new Response("ok")
      : new Response(null, { status: 302, headers: { location } });
  });
  for (const [index, target] of targets.entries()) {
    const before = open.requests;
    const { code, byManifest, said } = await fetched(
      ground,
      `http://${open.address}/${index}`,
      { manifest: listing(`["${open.address}"]`) },
    );
    if (open.requests === before) {
      throw new NotTried(`the server that redirects was not reached${said}`);
    }
    if (code !== CODE.notAllowed || !byManifest || hidden.requests > 0) {
      return notHeld(`a redirect to ${target} answered ${code}${said}`);
    }
  }
  return await controlled(
    ground,
    open.address,
    () => held(`${targets.length} redirects refused, no connection made`),
  );
}

/** A refusal shows something only when the same request can succeed. */
async function controlled(
  ground: Ground,
  address: string,
  then: () => Finding,
): Promise<Finding> {
  const { code, said } = await fetched(ground, `http://${address}/ok`, {
    manifest: listing(`["${address}"]`),
  });
  if (code !== CODE.ok) {
    throw new NotTried(
      `what is listed can't be reached either: ${code}${said}`,
    );
  }
  return then();
}

function listing(net: string): string {
  return `${OUTBOUND}[permissions]\nnet = ${net}\n`;
}

interface Fetched {
  readonly code: number;
  /** Whether the host's own wall refused it. */
  readonly byManifest: boolean;
  /** What the log says, to be put behind a sentence. */
  readonly said: string;
}

async function fetched(
  ground: Ground,
  url: string,
  options: CellOptions,
): Promise<Fetched> {
  const records = new Records();
  await using cell = await ground.cell("fetches", {
    ...options,
    logger: records,
  });
  const request = new MsgpackWriter().map(1).str("url").str(url).finish();
  const [code = -1] = await cell.call("fetch", request);
  const [record] = [
    ...records.all("fetch not allowed"),
    ...records.all("fetch failed"),
  ];
  return {
    code,
    byManifest: String(record?.fields.hint).startsWith("add to the manifest"),
    said: record === undefined ? "" : `: ${record.fields.error}`,
  };
}

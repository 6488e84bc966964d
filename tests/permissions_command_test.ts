import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { Scratch } from "./docs/scratch.ts";
import { assertClean } from "./support/bad_input.ts";
import { guestOrSkip } from "./support/guest.ts";
import { HostProcess } from "./support/host_process.ts";
import { nobody, ordinaryUserSkip } from "./support/ordinary_user.ts";
import {
  shellWords,
  type Shortened,
  shortened,
} from "./support/printed_line.ts";
import {
  inPairs,
  type Outcome,
  pulp,
  ROOT,
  runProcess,
} from "./support/pulp.ts";

/** One example cell while it is tried. */
interface Example {
  /** The manifest, as it is named on the command line. */
  readonly manifest: string;
  readonly options?: readonly string[];
  /** A request that it answers, with the status; without one, `ps` has to know it. */
  readonly request?: readonly [
    path: string,
    status: number,
    init?: RequestInit,
  ];
}

const EXAMPLES: Readonly<
  Record<
    string,
    (t: Deno.TestContext, dir: TempDir) => Promise<Example | undefined>
  >
> = {
  hello: () => Promise.resolve({ manifest: "cells/hello" }),
  files: inPlace("files"),
  notes: inPlace("notes", ["/notes", 200]),
  chat: inPlace("chat", ["/status", 200]),
  // What it fetches is out of reach of a test; that it answers is enough.
  relay: inPlace("relay", ["/no-such-route", 404]),
  jobs: inPlace("jobs", ["/jobs/uname", 202, { method: "POST" }]),
  visits: () =>
    Promise.resolve({
      manifest: "cells/visits/pulp.cell.toml",
      options: ["--ext=cells/visits/kv_extension.ts"],
    }),
  // Two hosts at a time take an address each.
  ping: atAnyPort("ping", "127.0.0.1:7007"),
  desk: atAnyPort("desk", "127.0.0.1:8081", ["/no-such-route", 404]),
  "echo-go": async (t, dir) => {
    const path = await guestOrSkip(t, dir, "echo-go");
    return path === undefined
      ? undefined
      : { manifest: path, request: ["/echo/hi", 200] };
  },
};

/** A cell where it is, by its file: then nothing but manifest and module is read of the folder. */
function inPlace(
  cell: string,
  request?: Example["request"],
): () => Promise<Example> {
  const manifest = `cells/${cell}/pulp.cell.toml`;
  return () =>
    Promise.resolve({
      manifest,
      ...(request === undefined ? {} : { request }),
    });
}

/** A copy of a cell, at any free port instead of one of its own. */
function atAnyPort(
  cell: string,
  address: string,
  request?: Example["request"],
): (_: Deno.TestContext, dir: TempDir) => Promise<Example> {
  return async (_, dir) => {
    const path = dir.join(cell);
    await Deno.mkdir(path);
    await Deno.copyFile(`cells/${cell}/cell.wasm`, `${path}/cell.wasm`);
    const text = await Deno.readTextFile(`cells/${cell}/pulp.cell.toml`);
    await Deno.writeTextFile(
      `${path}/pulp.cell.toml`,
      text.replaceAll(address, "127.0.0.1:0").replace(/^consumes = .*\n/m, ""),
    );
    return {
      manifest: `${path}/pulp.cell.toml`,
      ...(request === undefined ? {} : { request }),
    };
  };
}

Deno.test("every example cell is tried with the flags of permissions", async () => {
  const cells = (await Array.fromAsync(Deno.readDir("cells")))
    .filter(({ name, isDirectory }) => isDirectory && name !== "sdk");
  assertEquals(
    cells.map(({ name }) => name).toSorted(),
    Object.keys(EXAMPLES).toSorted(),
  );
});

for (const [cell, make] of Object.entries(EXAMPLES)) {
  Deno.test(`${cell} is hosted with the flags of permissions, and with none of them less`, async (t) => {
    await using dir = new TempDir();
    const example = await make(t, dir);
    if (example === undefined) return;
    const argv = [
      "--listen=127.0.0.1:0",
      `--storage-root=${dir.join("data")}`,
      `--ctl=${dir.join("pulp.ctl")}`,
      ...example.options ?? [],
      example.manifest,
    ];
    const flags = await printedFlags(argv, example);
    const run = ["main.ts", "run", ...argv];
    await t.step("with all of them", async () => {
      await using host = new HostProcess(["run", ...flags, ...run]);
      await host.ready(cell);
      await assertServes(host, cell, example, dir);
      assertEquals(await host.stop(), 0);
    });
    const isControl = ({ flag }: Shortened): boolean => flag.endsWith(".ctl");
    const less = shortened(flags);
    assertEquals(less.filter(isControl).length, 3, flags.join(" "));
    await t.step("without one of them it is refused", async (t) => {
      const needed = less.filter((it) => !isControl(it));
      const outcomes = await inPairs(
        needed,
        ({ args }) => runDeno(["run", ...args, ...run]),
      );
      for (const [index, { flag }] of needed.entries()) {
        await t.step(flag, () => assertRefused(outcomes[index], flag));
      }
    });
    await t.step("without the control socket it goes on", async (t) => {
      // One after the other: a cell may have a port of its own.
      for (const { args, flag } of less.filter(isControl)) {
        await t.step(flag, async () => {
          await using host = new HostProcess(["run", ...args, ...run]);
          await host.ready(cell);
          await host.line(/msg="control socket off"/);
          assertEquals(await host.stop(), 0);
          assertMatch(
            host.log,
            new RegExp(
              `level=WARN msg="control socket off" .*missing="?${
                RegExp.escape(flag)
              }\\b`,
            ),
          );
        });
      }
    });
  });
}

/** The arguments of `deno` that the command prints, given what it asks for itself. */
async function printedFlags(
  argv: readonly string[],
  { manifest, options = [] }: Example,
): Promise<string[]> {
  const read = [manifest, ...options.map((it) => it.replace("--ext=", ""))];
  const command = ["permissions", "--format=flags", ...argv];
  const { code, out, err } = await pulp(command, {
    allow: [`read=${read.join(",")}`],
  });
  assertEquals([code, err], [0, ""]);
  assertEquals(out.split("\n").length, 2, out);
  const words = await shellWords(out.trim());
  assertEquals(words[0], "--no-prompt");
  return words;
}

async function assertServes(
  host: HostProcess,
  cell: string,
  { request }: Example,
  dir: TempDir,
): Promise<void> {
  if (request !== undefined) {
    const [path, status, init] = request;
    const answer = await fetch(`${await host.url()}${path}`, init);
    await answer.body?.cancel();
    assertEquals(answer.status, status);
    return;
  }
  await host.line(/msg="control socket listening"/);
  const ctl = dir.join("pulp.ctl");
  const { code, out } = await pulp(["ps", `--ctl=${ctl}`], {
    allow: [`read=${ctl}`, `write=${ctl}`, `net=unix:${ctl}`],
  });
  assertEquals(code, 0);
  assertMatch(out, new RegExp(`^${cell} +ready`, "m"));
}

function assertRefused(outcome: Outcome | undefined, flag: string): void {
  assert(outcome !== undefined);
  assertEquals([outcome.code, outcome.out], [3, ""], outcome.err);
  assertClean(outcome);
  const [name = "", target = ""] = flag.split("=");
  // An extension is loaded before anything knows where the process started.
  const asked = [target, `${ROOT}${target}`].map((it) =>
    RegExp.escape(`${name}=${it}`)
  );
  assertMatch(
    outcome.err,
    new RegExp(`(?:not given|missing|again with) .*(?:${asked.join("|")})`),
  );
}

function runDeno(args: readonly string[]): Promise<Outcome> {
  return runProcess(Deno.execPath(), args, { env: { NO_COLOR: "1" } });
}

/** A set whose cells need nothing at all of the network but public hosts. */
async function anyHost(dir: TempDir): Promise<string> {
  const wasm = await Deno.readFile("cells/hello/cell.wasm");
  await dir.cell(
    "any",
    wasm,
    'provides = ["greet"]\ncapabilities = ["transport.http.outbound"]\n',
  );
  return dir.join("any");
}

Deno.test("a cell that may fetch from any public host is hosted, and the process can't reach what is not public", async () => {
  await using dir = new TempDir();
  const manifest = await anyHost(dir);
  const ctl = dir.join("pulp.ctl");
  const argv = [`--ctl=${ctl}`, manifest];
  const flags = await printedFlags(argv, { manifest });
  const denied = flags.find((flag) => flag.startsWith("--deny-net="));
  assert(denied !== undefined, flags.join(" "));
  await using host = new HostProcess([
    "run",
    ...flags,
    "main.ts",
    "run",
    ...argv,
  ]);
  await host.ready("any");
  await host.line(/msg="control socket listening"/);
  assertEquals(await host.stop(), 0);

  const probe = dir.join("probe.ts");
  await Deno.writeTextFile(probe, PROBE);
  const hosts = [
    ...[
      "127.0.0.1",
      "127.255.255.254",
      "localhost",
      "10.0.0.1",
      "172.31.255.1",
    ],
    ...["192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200"],
    ...[
      "168.63.129.16",
      "192.0.0.192",
      "0.0.0.0",
      "::1",
      "::",
      "fd00:ec2::254",
    ],
    ...["::ffff:10.0.0.1", "::ffff:127.0.0.1"],
  ];
  const { code, out, err } = await runDeno([
    "run",
    "--unstable-worker-options",
    ...flags.map((flag) =>
      flag.startsWith("--allow-read=") ? `${flag},${probe}` : flag
    ),
    probe,
    ...hosts,
  ]);
  assertEquals(code, 0, err);
  const refused = hosts.map((host) => `${host} NotCapable`);
  // In a worker with all of net, as the cell has one, it is the same.
  assertEquals(JSON.parse(out), {
    net: "granted",
    main: refused,
    worker: refused,
  });
});

/** Connects to each host, on the main thread and in a worker, and prints the errors. */
const PROBE = `
async function tried(hosts) {
  const ends = [];
  for (const hostname of hosts) {
    const end = await Deno.connect({ hostname, port: 9 })
      .then((conn) => (conn.close(), "connected"), (error) => error.name);
    ends.push(hostname + " " + end);
  }
  return ends;
}
if (self.name !== "cell") {
  const worker = new Worker(import.meta.url, {
    type: "module",
    name: "cell",
    deno: { permissions: { net: true, read: [import.meta.filename] } },
  });
  worker.onmessage = async ({ data }) => {
    if (data === "up") return worker.postMessage(Deno.args);
    const net = Deno.permissions.querySync({ name: "net" }).state;
    const main = await tried(Deno.args);
    console.log(JSON.stringify({ net, main, worker: data }));
    worker.terminate();
  };
} else {
  self.onmessage = async ({ data }) => self.postMessage(await tried(data));
  self.postMessage("up");
}
`;

Deno.test("a set is hosted from the permission set that --write put into a deno.json", async () => {
  await using scratch = await Scratch.make(ROOT);
  const start = { cwd: scratch.root, env: { NO_COLOR: "1" } };
  const config = await Deno.readTextFile(`${scratch.root}/deno.json`);
  const files = "deno.json,deno.json.new";
  // With one that may reach any public host: the set has what is denied, too.
  await scratch.write(
    "cells/any/pulp.cell.toml",
    'name = "any"\nversion = "1.0.0"\nwasm = "../hello/cell.wasm"\n' +
      'provides = ["greet"]\ncapabilities = ["transport.http.outbound"]\n',
  );
  const { code, out, err } = await runProcess(Deno.execPath(), [
    "run",
    "--no-prompt",
    `--allow-read=cells,deno.jsonc,${files}`,
    `--allow-write=${files}`,
    "main.ts",
    "permissions",
    "--write",
    "--name=both",
    "--format=json",
    "cells/notes",
    "cells/any",
  ], start);
  assertEquals(code, 0, err);
  assertStringIncludes(err, 'Wrote permission set "both" to "deno.json"\n');
  const changed = await Deno.readTextFile(`${scratch.root}/deno.json`);
  const { permissions, ...rest } = JSON.parse(changed);
  assertEquals(rest, JSON.parse(config));
  const report = JSON.parse(out);
  assertEquals(permissions, { both: report.permissions });
  const { allow, deny } = report.permissions.net;
  assertEquals([allow, deny.includes("10.0.0.0/8")], [true, true]);

  const words = await shellWords(report.line);
  assertEquals(words.slice(0, 4), ["deno", "run", "--no-prompt", "-P=both"]);
  await using host = new HostProcess(words.slice(1), {}, scratch.root);
  await host.ready("notes");
  await host.ready("any");
  const answer = await fetch(`${await host.url()}/notes`);
  assertEquals([answer.status, await answer.json()], [200, []]);
  await host.line(/msg="control socket listening"/);
  assertEquals(await host.stop(), 0);
});

Deno.test("permissions asks for what it needs itself, with a line that works", async () => {
  await using dir = new TempDir();
  await using scratch = await Scratch.make(ROOT);
  const argv = ["permissions", "--write", "cells/notes"];
  const deno = (args: readonly string[]): Promise<Outcome> =>
    runProcess(Deno.execPath(), args, {
      cwd: scratch.root,
      env: { NO_COLOR: "1" },
    });
  const before = await Deno.readTextFile(`${scratch.root}/deno.json`);
  const refused = await deno(["run", "--no-prompt", "main.ts", ...argv]);
  assertEquals([refused.code, refused.out], [3, ""]);
  assertStringIncludes(
    refused.err,
    "error: Cannot write the permissions: Deno was not given " +
      "--allow-read=cells/notes,deno.json,deno.jsonc,deno.json.new " +
      "--allow-write=deno.json,deno.json.new\n",
  );
  const line = refused.err.split("\n").find((it) => it.startsWith("  deno"));
  const words = (await shellWords(line ?? "")).slice(1);
  for (const { flag, args } of shortened(words)) {
    const again = await deno(args);
    assertEquals([again.code, again.out], [3, ""], flag);
    assertStringIncludes(
      again.err,
      "Cannot write the permissions: Deno was not given ",
    );
    const [name = "", target = ""] = flag.split("=");
    assertMatch(
      again.err,
      new RegExp(`not given .*${name}=(?:\\S+,)?${RegExp.escape(target)}`),
    );
  }
  assertEquals(await Deno.readTextFile(`${scratch.root}/deno.json`), before);
  assertEquals((await deno(words)).code, 0);

  const plain = await pulp(["permissions", dir.path]);
  assertEquals([plain.code, plain.out], [3, ""]);
  assertStringIncludes(
    plain.err,
    `error: Cannot derive the permissions: Deno was not given --allow-read=${dir.path}\n`,
  );
});

const { isSkipped, reason } = ordinaryUserSkip;

Deno.test({
  name:
    `permissions --write does not change what the user may not write${reason}`,
  ignore: isSkipped,
  fn: async () => {
    await using user = await nobody(ROOT);
    const made = await user.run(
      `mkdir cell shut && printf 'name = "cell"\\nversion = "1.0.0"\\n' > cell/pulp.cell.toml` +
        ` && chmod 444 deno.json && echo '{}' > shut/deno.json && chmod 555 shut` +
        " && mkdir pipe && mkfifo pipe/deno.json",
    );
    assertEquals(made.code, 0, made.err);
    const write = (config: string): Promise<Outcome> =>
      user.run(
        "deno run --quiet --no-prompt --allow-read=. --allow-write=. main.ts " +
          `permissions --write --config=${config} cell`,
      );
    const before = await user.run("cat deno.json shut/deno.json");
    for (const config of ["deno.json", "shut/deno.json"]) {
      const { code, out, err } = await write(config);
      assertEquals([code, out], [1, ""], err);
      assertMatch(
        err,
        /^error: Cannot write permissions to ".*": the operating system denies it\n/,
      );
    }
    const pipe = await write("pipe/deno.json");
    assertEquals([pipe.code, pipe.out], [2, ""]);
    assertStringIncludes(pipe.err, "it is not a file");
    const after = await user.run("cat deno.json shut/deno.json; ls shut");
    assertEquals(after.out, `${before.out}deno.json\n`);
  },
});

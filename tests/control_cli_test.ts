import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { within } from "../src/testing/until.ts";
import { cellWat, wat } from "../src/testing/wat.ts";

const ROOT = new URL("../", import.meta.url).pathname;

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A folder in which hosts and their clients run, each as a process of its own. */
class Place extends TempDir {
  /** What a process in this folder may do: a name stands for a socket. */
  flags(...sockets: string[]): string[] {
    const net = ["127.0.0.1", ...sockets.map((it) => `unix:${this.join(it)}`)];
    return [
      `--allow-read=${ROOT},${this.path}`,
      `--allow-write=${this.path}`,
      `--allow-net=${net.join(",")}`,
    ];
  }

  command(
    flags: readonly string[],
    argv: readonly string[],
    env: Record<string, string> = {},
  ): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--quiet",
        `--config=${ROOT}deno.json`,
        ...flags,
        `${ROOT}main.ts`,
        ...argv,
      ],
      cwd: this.path,
      // Not the one of who runs the tests.
      env: { PULP_CTL_SOCK: "", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** Runs a command to its end; it may use the default socket. */
  async pulp(
    argv: readonly string[],
    flags = this.flags("pulp.ctl"),
    env?: Record<string, string>,
  ): Promise<Outcome> {
    const { code, stdout, stderr } = await this.command(flags, argv, env)
      .output();
    const decoder = new TextDecoder();
    return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
  }

  /** Starts a host of all cells in the folder, and waits until its log says `until`. */
  host(
    cells: readonly string[],
    until: string,
    flags = this.flags("pulp.ctl"),
    more: readonly string[] = [],
    env?: Record<string, string>,
  ): Promise<HostProcess> {
    const argv = [
      "run",
      "--listen",
      "127.0.0.1:0",
      "--log-level",
      "debug",
      ...more,
    ];
    return HostProcess.start(
      this.command(flags, [...argv, ...cells], env),
      until,
    );
  }

  exists(name: string): boolean {
    try {
      Deno.lstatSync(this.join(name));
      return true;
    } catch {
      return false;
    }
  }
}

const LISTENING = "control socket listening";

class HostProcess implements AsyncDisposable {
  log = "";
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  readonly #waiting = new Set<() => void>();

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read();
  }

  static async start(
    command: Deno.Command,
    until: string,
  ): Promise<HostProcess> {
    const host = new HostProcess(command.spawn());
    try {
      await host.says(until);
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
    return host;
  }

  async #read(): Promise<void> {
    const text = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const part of text) {
      this.log += part;
      for (const wake of this.#waiting) wake();
    }
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when the log has `text`; throws with the log when it ends without, or when that does not come. */
  async says(text: string): Promise<void> {
    let ended = false;
    this.#reading.then(() => ended = true);
    const looking = async (): Promise<void> => {
      while (!this.log.includes(text)) {
        if (ended) throw new Error(`no "${text}" in:\n${this.log}`);
        await new Promise<void>((resolve) => {
          this.#waiting.add(resolve);
          this.#reading.then(resolve);
        });
      }
    };
    await within(`"${text}"`, looking(), () => this.log);
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** The exit code, once it has ended by itself and its log is whole. */
  async ended(): Promise<number> {
    await this.#reading;
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.stdout.cancel();
    await this.ended();
  }
}

/** A provider that answers with one letter. */
const letter = (char: string): Promise<Uint8Array> =>
  wat(cellWat({
    functions: `(data (i32.const 8) "${char}")
      (func (export "pulp_on_call") (param i32 i32 i32 i32) (param $p i32) (param $l i32) (result i32)
        (i32.store (local.get $p) (i32.const 8)) (i32.store (local.get $l) (i32.const 1)) (i32.const 0))`,
  }));

Deno.test("ps, reload and stop work on a host in the same folder, which ends when nothing is left", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  await place.cell("two", await letter("A"));
  await using host = await place.host(["one", "two"], LISTENING);
  assertStringIncludes(host.log, `addr=${place.join("pulp.ctl")}`);
  assertEquals(
    ((await Deno.lstat(place.join("pulp.ctl"))).mode ?? 0) & 0o777,
    0o600,
  );

  const shown = await place.pulp(["ps"]);
  assertEquals([shown.code, shown.err], [0, ""]);
  assertMatch(
    shown.out,
    /^cell {2}state {2}steps\none {3}ready {2}\d+\ntwo {3}ready {2}\d+\n$/,
  );

  await Deno.writeFile(place.join("one", "cell.wasm"), await letter("B"));
  assertEquals((await place.pulp(["reload", "one"])).code, 0);
  await host.says('msg="cell reloaded" cell=one');
  await Deno.writeTextFile(place.join("one", "cell.wasm"), "broken");
  const broken = await place.pulp(["reload", "one"]);
  assertEquals([broken.code, broken.out], [1, ""]);
  assertStringIncludes(broken.err, "error: ");
  assertStringIncludes(broken.err, "one");

  assertEquals(await place.pulp(["stop", "oen"]), {
    code: 1,
    out: "",
    err:
      'error: Cannot stop cell "oen": the host has no such cell (did you mean "one"?)\n',
  });
  assertEquals((await place.pulp(["stop", "one"])).code, 0);
  const left = JSON.parse((await place.pulp(["ps", "--json"])).out);
  assertEquals(
    left.cells.map((it: { name: string; state: string }) =>
      `${it.name} ${it.state}`
    ),
    ["one stopped", "two ready"],
  );
  assertEquals(typeof left.cells[1].steps, "number");

  assertEquals(await place.pulp(["stop", "two"]), {
    code: 0,
    out: "",
    err: "",
  });
  assertEquals(await host.ended(), 0, host.log);
  assertStringIncludes(
    host.log,
    'msg="all cells shut down via control socket; exiting"',
  );
  assertStringIncludes(host.log, 'msg="pulp exit clean"');
  assertEquals(place.exists("pulp.ctl"), false);
});

Deno.test("stop --all ends the host, and the next one can start at once", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  await using host = await place.host(["one"], LISTENING);
  assertEquals(await place.pulp(["stop", "--all"]), {
    code: 0,
    out: "",
    err: "",
  });
  assertEquals(place.exists("pulp.ctl"), false);
  await using next = await place.host(["one"], LISTENING);
  assertEquals(await host.ended(), 0, host.log);
  next.kill("SIGTERM");
  assertEquals(await next.ended(), 0, next.log);
  assertEquals(place.exists("pulp.ctl"), false);
});

Deno.test("two hosts in one folder: the second one does without, and takes nothing from the first", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  await place.cell("two", await letter("A"));
  await using first = await place.host(["one"], LISTENING);
  const failed = 'msg="control socket bind failed; continuing without it"';
  await using second = await place.host(["two"], failed);
  assertMatch(second.log, /level=WARN msg="control socket bind failed/);
  assertStringIncludes(
    second.log,
    'another host listens on it" hint="--ctl <path> names another"',
  );
  second.kill("SIGTERM");
  assertEquals(await second.ended(), 0, second.log);
  assertStringIncludes((await place.pulp(["ps"])).out, "one");
  first.kill("SIGTERM");
  assertEquals(await first.ended(), 0, first.log);
});

Deno.test("a host that was killed leaves a socket that ps sees through and the next host replaces", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  await using host = await place.host(["one"], LISTENING);
  host.kill("SIGKILL");
  await host.ended();
  assert(place.exists("pulp.ctl"));
  const { code, err } = await place.pulp(["ps"]);
  assertEquals(code, 1);
  assertStringIncludes(err, "nobody listens on it any more\n");
  await using next = await place.host(["one"], LISTENING);
  assertEquals((await place.pulp(["ps"])).code, 0, next.log);
});

Deno.test("a file that is not a socket is left alone", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  await Deno.writeTextFile(place.join("pulp.ctl"), "precious");
  await using host = await place.host(["one"], "continuing without it");
  assertStringIncludes(host.log, "not a socket");
  host.kill("SIGTERM");
  assertEquals(await host.ended(), 0, host.log);
  assertEquals(await Deno.readTextFile(place.join("pulp.ctl")), "precious");
});

Deno.test("without its permissions there is no socket, and a word about it only where it was asked for", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  const off = 'msg="control socket off"';
  await using quiet = await place.host(["one"], off, place.flags());
  assertStringIncludes(
    quiet.log,
    `level=DEBUG ${off} addr=${place.join("pulp.ctl")} ` +
      `missing="--allow-net=unix:${place.join("pulp.ctl")}"`,
  );
  await using warned = await place.host(["one"], off, place.flags(), [
    "--ctl",
    "other.ctl",
  ]);
  assertStringIncludes(warned.log, `level=WARN ${off}`);
  assertStringIncludes(warned.log, `unix:${place.join("other.ctl")}`);
  for (const host of [quiet, warned]) {
    host.kill("SIGTERM");
    assertEquals(await host.ended(), 0, host.log);
  }
  const { code, err } = await place.pulp(["ps"], place.flags());
  assertEquals(code, 3);
  assertStringIncludes(err, `--allow-net=unix:${place.join("pulp.ctl")}`);
});

Deno.test("the command line that a refused ps prints works", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  await using _host = await place.host(["one"], LISTENING);
  const { code, err } = await place.pulp(["ps"], []);
  assertEquals(code, 3);
  const line = err.split("\n").find((it) => it.startsWith("  deno run "));
  const { success, stdout } = await new Deno.Command("bash", {
    args: ["-c", `deno() { "$DENO" "$@"; }; ${line}`],
    cwd: place.path,
    env: { DENO: Deno.execPath() },
    stdin: "null",
  }).output();
  assertEquals(success, true);
  assertStringIncludes(new TextDecoder().decode(stdout), "one");
});

Deno.test("PULP_CTL_SOCK names the socket of host and client, and empty turns it off", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  const flags = [...place.flags("env.ctl"), "--allow-env=PULP_CTL_SOCK"];
  const env = { PULP_CTL_SOCK: "env.ctl" };
  await using host = await place.host(["one"], LISTENING, flags, [], env);
  assert(place.exists("env.ctl"));
  assertEquals((await place.pulp(["ps"], flags, env)).code, 0);
  assertEquals((await place.pulp(["ps", "--ctl", "env.ctl"], flags)).code, 0);
  const { code, err } = await place.pulp(["stop", "one"], flags);
  assertEquals(code, 2, host.log);
  assertStringIncludes(err, "PULP_CTL_SOCK is empty");

  const all = [...place.flags("pulp.ctl"), "--allow-env=PULP_CTL_SOCK"];
  await using off = await place.host(["one"], 'msg="cell ready"', all);
  off.kill("SIGTERM");
  assertEquals(await off.ended(), 0, off.log);
  assertEquals(off.log.includes("control socket"), false);
  assertEquals(place.exists("pulp.ctl"), false);
});

Deno.test("ps gives up on a host that hangs", async () => {
  await using place = new Place();
  await place.cell("one", await letter("A"));
  await using host = await place.host(["one"], LISTENING);
  host.kill("SIGSTOP");
  const { code, err } = await place.pulp(["ps", "--timeout", "1"]);
  host.kill("SIGCONT");
  assertEquals(code, 4);
  assertStringIncludes(err, "it did not answer in 1 s");
  assertEquals((await place.pulp(["ps"])).code, 0);
});

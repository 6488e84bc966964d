import { assertEquals, assertThrows } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { PulpError } from "../errors.ts";
import { parseManifest } from "../manifest/parse.ts";
import { parseCommandArgs } from "./args.ts";
import { COMMANDS } from "./commands.ts";
import type { EmbeddedSet } from "./embedded_set.ts";
import {
  executableFlags,
  executableNeeds,
  makingOf,
} from "./executable_plan.ts";
import { FakeIo } from "./testing/fake_io.ts";

const COMPILE = COMMANDS.find(({ name }) => name === "compile")!;

const io = new FakeIo({ cwd: "/w" });

function madeOf(...argv: readonly string[]): EmbeddedSet["made"] {
  return makingOf(parseCommandArgs(COMPILE, ["a", "-o", "x", ...argv]), io);
}

/** The flags for one cell that keeps data and listens, or what `more` says. */
function flags(
  argv: readonly string[],
  more = 'capabilities = ["storage.sqlite", "transport.http.inbound"]',
): string[] {
  const args = parseCommandArgs(COMPILE, ["a", "-o", "x", ...argv]);
  const spec = parseManifest(
    `name = "notes"\nversion = "1.0.0"\n${more}\n`,
    "/w/cells/notes/pulp.cell.toml",
  );
  const made = makingOf(args, io);
  return executableFlags(
    executableNeeds([spec], builtinRegistry(), args, made, io),
  );
}

Deno.test("an executable may do what hosting its cells takes, and reads itself without a flag", () => {
  assertEquals(flags([]), [
    "--allow-read=data/notes",
    "--allow-write=data/notes",
    "--allow-net=127.0.0.1:8080",
  ]);
  assertEquals(flags([], ""), []);
});

Deno.test("paths that are given relative begin where the executable is started", () => {
  const read = (...argv: readonly string[]): string | undefined =>
    flags(argv)[0];
  for (const here of [".", "./", ".//", "././", "./."]) {
    assertEquals(read(`--storage-root=${here}`), "--allow-read=notes", here);
  }
  assertEquals(read("--storage-root=./a/../b"), "--allow-read=a/../b/notes");
  assertEquals(read("--storage-root=.//kept//"), "--allow-read=kept/notes");
  assertEquals(read("--storage-root=../b"), "--allow-read=../b/notes");
  assertEquals(read("--storage-root=/w/data"), "--allow-read=/w/data/notes");
  assertEquals(
    read("--storage-root=/srv", "--tls-cert=c.pem", "--tls-key=/etc/k.pem"),
    "--allow-read=c.pem,/etc/k.pem,/srv/notes",
  );
});

Deno.test("every address and folder that is given may be used", () => {
  assertEquals(
    flags([
      "--listen=127.0.0.1:80",
      "--listen=0.0.0.0",
      "--listen=[::1]:81",
      "--storage-root=a",
      "--storage-root=/b",
      "--ctl=x.ctl",
    ]),
    [
      "--allow-read=a/notes,/w/x.ctl,/b/notes",
      "--allow-write=a/notes,/w/x.ctl,/b/notes",
      "--allow-net=127.0.0.1:80,unix:/w/x.ctl,0.0.0.0,[::1]:81",
    ],
  );
});

Deno.test("a host without a port makes the ports that are given beside it needless", () => {
  const net = flags(["--listen=127.0.0.1:80", "--listen=127.0.0.1"]).at(-1);
  assertEquals(net, "--allow-net=127.0.0.1");
});

Deno.test("the whole of net is given without what is not public, but for what a cell needs", () => {
  const more = 'capabilities = ["transport.http.outbound"]';
  const [allow, deny = "", ...rest] = flags([], more);
  assertEquals([allow, rest], ["--allow-net", []]);
  const ranges = deny.replace("--deny-net=", "").split(",");
  for (const range of ["10.0.0.0/8", "169.254.0.0/16", "127.0.0.0/8"]) {
    assertEquals(ranges.includes(range), true, deny);
  }
  const listening =
    'capabilities = ["transport.http.inbound", "transport.http.outbound"]';
  // What an executable may listen on later must not be denied now.
  const [, closed = ""] = flags(["--listen=10.1.2.3:80"], listening);
  assertEquals(closed.includes("10.0.0.0/8"), false, closed);
  const [, both = ""] = flags(
    ["--listen=127.0.0.1:80", "--listen=192.168.0.1"],
    listening,
  );
  assertEquals(both.includes("127.0.0.0/8"), false, both);
  assertEquals(both.includes("192.168.0.0/16"), false, both);
});

Deno.test("makingOf() keeps what an executable is made with, the defaults among it", () => {
  assertEquals(madeOf(), {
    manifests: ["a"],
    output: "x",
    options: { "listen": ["127.0.0.1:8080"], "storage-root": ["./data"] },
  });
  assertEquals(
    madeOf("--ctl=c", "--ext=e.ts", "--ext=f.ts", "--listen=a:1").options,
    {
      "listen": ["a:1"],
      "storage-root": ["./data"],
      "ctl": ["/w/c"],
      "ext": ["e.ts", "f.ts"],
    },
  );
});

Deno.test("makingOf() refuses addresses that are none", () => {
  for (
    const [listen, says] of [
      [["0.0.0.0"], "it takes host:port"],
      [["a:1", ""], "its value <host:port> is missing"],
      [["a:1", "b:99999"], "it takes host:port"],
      [["a:1", "::1"], "IPv6"],
      [["a:1", "a b"], "is not a host name"],
    ] as const
  ) {
    const argv = listen.map((it) => `--listen=${it}`);
    const error = assertThrows(() => madeOf(...argv), PulpError);
    assertEquals(
      `${error.message} ${error.hint}`.includes(says),
      true,
      error.message,
    );
  }
});

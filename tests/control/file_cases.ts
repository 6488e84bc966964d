import { assert, assertEquals, assertRejects } from "@std/assert";
import { PulpError } from "../../src/errors.ts";
import { ControlServer } from "../../src/host/control.ts";
import { TestLogger } from "../../src/testing/cell_folder.ts";
import {
  at,
  dial,
  FakeHost,
  frame,
  rest,
  sayJson,
  served,
  write,
} from "./sockets.ts";

const STATUS = '{"op":"status"}';

const exists = (path: string): boolean => {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
};

/** A socket file that nobody listens on: what a killed host leaves behind. */
async function stale(path: string): Promise<void> {
  const listener = Deno.listen({ transport: "unix", path: at("3.ctl") });
  await Deno.rename(at("3.ctl"), path);
  listener.close();
}

async function refusal(path: string): Promise<string> {
  const error = await assertRejects(
    () => ControlServer.open(path, new FakeHost("a")),
    PulpError,
  );
  assertEquals(error.code, "host");
  const [start, why = ""] = error.message.split(": ");
  assertEquals(start, `Cannot open control socket "${path}"`);
  return why;
}

Deno.test("the socket is there while the server is, for its user alone, whatever the umask", async () => {
  for (const umask of [0o000, 0o022, 0o077, 0o777]) {
    const before = Deno.umask(umask);
    try {
      await served(new FakeHost("a"), async (path) => {
        const { isSocket, mode } = await Deno.lstat(path);
        assertEquals([isSocket, (mode ?? 0) & 0o7777], [true, 0o600]);
      });
    } finally {
      Deno.umask(before);
    }
    assertEquals(exists(at("0.ctl")), false);
  }
});

Deno.test("who connected before the socket was private is not served", async () => {
  const { chmodSync } = Deno;
  const early: Promise<Deno.Conn>[] = [];
  try {
    Deno.chmodSync = (path, mode) => {
      // Connects within this call: it is answered later, or never.
      for (let i = 0; i < 40; i++) early.push(dial(String(path)));
      chmodSync(path, mode);
    };
    const host = new FakeHost("a");
    await served(host, async (path) => {
      const conns = await Promise.all(early);
      try {
        for (const conn of conns.slice(20)) {
          await write(conn, frame('{"op":"shutdown_all"}'));
        }
        assertEquals(
          await Promise.all(conns.slice(20).map(rest)),
          conns.slice(20).map(() => []),
        );
      } finally {
        for (const conn of conns) conn.close();
      }
      assertEquals(
        (await sayJson(path, STATUS)).startsWith('{"ok":true'),
        true,
      );
    });
    assertEquals(host.asked, []);
  } finally {
    Deno.chmodSync = chmodSync;
  }
});

Deno.test("a socket that a host left behind makes way", async () => {
  await stale(at("0.ctl"));
  await served(new FakeHost("a"), async (path) => {
    assertEquals((await sayJson(path, STATUS)).startsWith('{"ok"'), true);
  });
});

Deno.test("a socket that a host answers on stays its own", async () => {
  await served(new FakeHost("a"), async (path) => {
    assertEquals(await refusal(path), "another host listens on it");
    assertEquals((await sayJson(path, STATUS)).includes('"a"'), true);
  });
});

Deno.test("a host that hangs is alive", async () => {
  // Nobody accepts here.
  using listener = Deno.listen({ transport: "unix", path: at("0.ctl") });
  assertEquals(await refusal(at("0.ctl")), "another host listens on it");
  assertEquals(listener.addr.transport, "unix");
});

Deno.test("nothing but a socket ever makes way", async () => {
  const path = at("0.ctl");
  const why = "something stands there that is not a socket";
  await Deno.writeTextFile(path, "precious");
  assertEquals(await refusal(path), why);
  assertEquals(await Deno.readTextFile(path), "precious");
  await Deno.remove(path);
  await Deno.mkdir(path);
  assertEquals(await refusal(path), why);
  assert((await Deno.lstat(path)).isDirectory);
  await Deno.remove(path);
});

Deno.test("the path has to be one that a socket can have", async () => {
  assertEquals(
    await refusal(at("nowhere/0.ctl")),
    "its folder does not exist",
  );
  assertEquals(
    await refusal(at(`${"x".repeat(120)}.ctl`)),
    "its path is longer than that of a socket may be",
  );
});

Deno.test("without the permission nothing is touched, and the flags are named", async () => {
  const path = at("9.ctl");
  await Deno.writeTextFile(path, "precious");
  const error = await assertRejects(
    () => ControlServer.open(path, new FakeHost("a")),
    PulpError,
  );
  assertEquals(error.code, "permission");
  assertEquals(
    error.message,
    `Cannot open control socket "${path}": Deno was not given --allow-net=unix:${path}`,
  );
  assertEquals(await Deno.readTextFile(path), "precious");
  const elsewhere = await assertRejects(
    () => ControlServer.open("/nowhere/pulp.ctl", new FakeHost("a")),
    PulpError,
  );
  assertEquals(
    elsewhere.message.split("not given ")[1],
    "--allow-read=/nowhere/pulp.ctl --allow-write=/nowhere/pulp.ctl --allow-net=unix:/nowhere/pulp.ctl",
  );
});

Deno.test({
  name: "close() leaves alone what was put in the place of its socket",
  // A listener can't be ended without the removal of what has its path.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const logger = new TestLogger();
    const path = at("2.ctl");
    const replaced = "control socket was replaced; left as it is";
    const server = await ControlServer.open(path, new FakeHost("a"), logger);
    await Deno.remove(path);
    const later = await ControlServer.open(path, new FakeHost("later"));
    await server.close();
    assertEquals(logger.messages().at(-1), replaced);
    assertEquals((await sayJson(path, STATUS)).includes("later"), true);
    await Deno.remove(path);
    await Deno.writeTextFile(path, "precious");
    await later.close();
    assertEquals(await Deno.readTextFile(path), "precious");
  },
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { jsonToMessage } from "../../src/abi/json.ts";
import { runCli } from "../../src/cli/run_cli.ts";
import { FakeIo } from "../../src/cli/testing/fake_io.ts";
import { PulpError } from "../../src/errors.ts";
import { askHost } from "../../src/host/control/client.ts";
import { encodeFrame } from "../../src/host/control/frame.ts";
import { at, FakeHost, served } from "./sockets.ts";

const SOCKET = at("0.ctl");

async function cli(...argv: string[]): Promise<[number, string, string]> {
  const io = new FakeIo({ cwd: at(""), granted: () => true });
  const code = await runCli([...argv, "--ctl", SOCKET], io);
  return [code, io.out, io.err];
}

async function refusal(withinMs = 2000): Promise<[string, string]> {
  const error = await assertRejects(
    () => askHost(SOCKET, { op: "status" }, withinMs),
    PulpError,
  );
  return [error.code, error.message.replaceAll(SOCKET, "SOCKET")];
}

/** A listener that does `answer` with each connection. */
async function listening(
  answer: (conn: Deno.Conn) => Promise<void>,
  use: () => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ transport: "unix", path: SOCKET });
  const serving = (async () => {
    for await (const conn of listener) {
      await answer(conn);
      try {
        conn.close();
      } catch {
        // It was closed by the answer.
      }
    }
  })();
  await use();
  listener.close();
  await serving;
}

Deno.test("ps shows a table, or JSON with every bit of the counts", async () => {
  const host = new FakeHost("a", "bb");
  host.cells[1]!.state = "stopped";
  await served(host, async () => {
    assertEquals(await cli("ps"), [
      0,
      "cell  state    steps\n" +
      "a     ready    9007199254740993\n" +
      "bb    stopped  9007199254740993\n",
      "",
    ]);
    const [code, out] = await cli("ps", "--json");
    assertEquals(code, 0);
    assertEquals(
      out.replaceAll(/\s/g, ""),
      '{"cells":[{"name":"a","state":"ready","steps":9007199254740993},' +
        '{"name":"bb","state":"stopped","steps":9007199254740993}]}',
    );
  });
  await served(new FakeHost(), async () => {
    assertEquals((await cli("ps"))[1], "cell  state  steps\n");
    assertEquals(JSON.parse((await cli("ps", "--json"))[1]), { cells: [] });
  });
});

Deno.test("stop, stop --all and reload do it in silence", async () => {
  const host = new FakeHost("a", "b");
  await served(host, async () => {
    assertEquals(await cli("reload", "a"), [0, "", ""]);
    assertEquals(await cli("stop", "a"), [0, "", ""]);
    assertEquals(await cli("stop", "--all"), [0, "", ""]);
  });
  assertEquals(host.asked, ["reload a", "stop a", "shutdown"]);
});

Deno.test("what the host refuses is the error of the command", async () => {
  await served(new FakeHost("hello"), async () => {
    assertEquals(await cli("stop", "helo"), [
      1,
      "",
      'error: Cannot stop cell "helo": the host has no such cell (did you mean "hello"?)\n',
    ]);
    assertEquals(await cli("reload", "notes"), [
      1,
      "",
      'error: Cannot reload cell "notes": the host has no such cell\n' +
      'hint: "pulp ps" shows its cells\n',
    ]);
  });
});

Deno.test("what a host says can't write to the terminal", async () => {
  const host = new FakeHost("a\x1b[2J\nb");
  await served(host, async () => {
    const [, out] = await cli("ps");
    assertEquals(out.includes("\x1b"), false);
    assertEquals(out.split("\n").length, 3);
  });
});

Deno.test("no host is an error that says where to look", async () => {
  const [code, out, err] = await cli("ps");
  assertEquals([code, out], [1, ""]);
  assertEquals(
    err.replaceAll(SOCKET, "SOCKET").replaceAll(/allow-\S+/g, "allow"),
    'error: Cannot reach a host at "SOCKET": there is no such socket\n' +
      "hint: is a host running with 0.ctl as its socket? " +
      '"run" opens it when Deno gives it --allow --allow --allow\n',
  );
});

Deno.test("a socket that nobody listens on, and a file that is none, are told apart", async () => {
  const listener = Deno.listen({ transport: "unix", path: at("1.ctl") });
  await Deno.rename(at("1.ctl"), SOCKET);
  listener.close();
  assertEquals(await refusal(), [
    "host",
    'Cannot reach a host at "SOCKET": nobody listens on it any more',
  ]);
  await Deno.remove(SOCKET);
  await Deno.writeTextFile(SOCKET, "");
  assertEquals(await refusal(), [
    "host",
    'Cannot reach a host at "SOCKET": it is not a socket',
  ]);
  await Deno.remove(SOCKET);
});

Deno.test("a host that does not answer is waited for no longer than --timeout", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await listening(() => promise, async () => {
    const start = performance.now();
    const [code, , err] = await cli("ps", "--timeout", "1");
    const took = performance.now() - start;
    assertEquals(code, 4);
    assertEquals(
      err.replaceAll(SOCKET, "SOCKET"),
      'error: Cannot wait for the host at "SOCKET" any longer: it did not answer in 1 s\n',
    );
    assert(took >= 990 && took < 3000, `${took} ms`);
    resolve();
  });
});

Deno.test("a host that goes away, or is none, is an error", async () => {
  const answering = (bytes: Uint8Array) => async (conn: Deno.Conn) => {
    await conn.read(new Uint8Array(1024));
    await conn.write(bytes).catch(() => {});
  };
  const lost =
    'Cannot read the answer at "SOCKET": the connection ended before it was there';
  for (
    const [bytes, message] of [
      [new Uint8Array(), lost],
      [Uint8Array.of(9, 0, 0, 0, 1, 2), lost],
      [Uint8Array.of(255, 255, 255, 255, 1), lost],
      [new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"), lost],
      [
        encodeFrame(jsonToMessage("{}")),
        'Cannot read the answer at "SOCKET": Cannot read a reply: it says neither ok nor what is wrong',
      ],
    ] as const
  ) {
    await listening(answering(bytes), async () => {
      assertEquals(await refusal(), ["host", message]);
    });
  }
});

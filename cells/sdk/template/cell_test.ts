/** Calls the cell from outside, as `deno task call` and `deno task start` do. */

import assert from "node:assert/strict";
//#if network.udp
import { createSocket } from "node:dgram";
//#end

/** The task "pulp" of deno.json, which runs the command line of the host. */
function pulp(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "task",
      "--quiet",
      "pulp",
      ...args,
      "--log-format=logfmt",
      //#if storage
      "--storage-root=test-data",
      //#end
      //#if listener
      "--listen=127.0.0.1:0",
      //#end
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Calls a function of the cell: JSON in, JSON out. */
async function call(name: string, args: unknown): Promise<unknown> {
  const command = pulp("call", ".", name, JSON.stringify(args));
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  const answer = decoder.decode(stdout);
  return answer === "" ? undefined : JSON.parse(answer);
}
//#if listener | network.udp | spawn.process

/** Asks a host to stop, unless it ended by itself, and waits for its end. */
async function stop(host: Deno.ChildProcess): Promise<void> {
  try {
    host.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  await host.stdout.cancel();
  await host.status;
}

/** Hosts the cell until `use` is done, which begins with a line of the log. */
async function hosted(
  begin: RegExp,
  use: (line: RegExpExecArray) => Promise<void> | void,
): Promise<void> {
  const host = pulp("run", ".").spawn();
  const reader = host.stderr.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let log = "";
    let line: RegExpExecArray | null = null;
    while (line === null) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`The host ended:\n${log}`);
      log += value;
      line = begin.exec(log);
    }
    await use(line);
  } finally {
    await stop(host);
    await reader.cancel();
  }
}
//#end
//#if listener

/** What the log says when the cell can be reached, with the address. */
const LISTENING = /http server started.* addr=(\S+)[^]*cell ready/;
//#end

Deno.test("greet answers by name", async () => {
  const answer = await call("greet", { name: "Ada" });
  assert.deepEqual(answer, { message: "Hello, Ada!" });
});
//#if storage.sqlite

Deno.test("visit goes on counting where it stopped", async () => {
  const first = await call("visit", { page: "home" }) as { count: number };
  const second = await call("visit", { page: "home" });
  assert.deepEqual(second, { count: first.count + 1 });
});
//#end
//#if storage.fs

Deno.test("recall gives back what remember took", async () => {
  const text = `at ${Date.now()}`;
  await call("remember", { text });
  assert.deepEqual(await call("recall", {}), { text });
});
//#end
//#if transport.http.outbound

Deno.test("fetch goes nowhere that the manifest does not list", async () => {
  const refused = call("fetch", { url: "http://192.0.2.1/" });
  await assert.rejects(refused, /\[permissions\] net/);
});
//#end
//#if entropy.read

Deno.test("token answers other bytes each time", async () => {
  assert.notDeepEqual(await call("token", {}), await call("token", {}));
});
//#end
//#if transport.http.inbound

Deno.test("GET / answers", async () => {
  await hosted(LISTENING, async ([, address]) => {
    const response = await fetch(`http://${address}/`);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /^Hello!/);
  });
});
//#end
//#if transport.ws.inbound

Deno.test("/ws sends back what it is sent", async () => {
  await hosted(LISTENING, async ([, address]) => {
    const socket = new WebSocket(`ws://${address}/ws`);
    const received = new Promise((resolve, reject) => {
      socket.onopen = () => socket.send("hello");
      socket.onmessage = ({ data }) => resolve(data);
      socket.onerror = () => reject(new Error("the connection failed"));
    });
    assert.equal(await received, "hello");
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.close();
    await closed;
  });
});
//#end
//#if transport.sse

Deno.test("GET /events tells the time", async () => {
  await hosted(LISTENING, async ([, address]) => {
    const { body } = await fetch(`http://${address}/events`);
    assert.ok(body !== null);
    let text = "";
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (/^data: ?\d+$/m.test(text)) break;
    }
    assert.match(text, /^event: ?time$/m);
  });
});
//#end
//#if network.udp

Deno.test("a packet comes back", async () => {
  await hosted(/cell ready/, async () => {
    const socket = createSocket("udp4");
    const received = new Promise<string>((resolve, reject) => {
      socket.on("message", (bytes) => resolve(bytes.toString()));
      socket.on("error", reject);
    });
    socket.bind(0, "127.0.0.1", () => {
      socket.send("hello", 7007, "127.0.0.1");
    });
    assert.equal(await received, "hello");
    socket.close();
  });
});
//#end
//#if spawn.process

Deno.test("the output of whoami is logged", async () => {
  await hosted(/whoami: (\w+)/, ([, user]) => assert.ok(user));
});
//#end
//#if log.write

Deno.test("the log says that the cell is up", async () => {
  const { stderr } = await pulp("step", ".", "--log-level=info").output();
  assert.match(new TextDecoder().decode(stderr), /the cell is up/);
});
//#end

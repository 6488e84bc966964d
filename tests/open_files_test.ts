import { assertEquals, assertStringIncludes } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { until, within } from "../src/testing/until.ts";
import { denoArgs, ROOT } from "./support/pulp.ts";

/** Files that the host may have open, and connections that are more than that. */
const FILES = 96;
const CONNECTIONS = 160;

Deno.test({
  name: "run: clients that take every open file do not end the host",
  // The limit is a shell's to set.
  ignore: Deno.build.os === "windows",
  async fn(): Promise<void> {
    await using dir = new TempDir();
    const data = dir.join("data");
    const port = freePort();
    const listen = `127.0.0.1:${port}`;
    const args = denoArgs(
      ["run", "--listen", listen, "--storage-root", data, "cells/notes"],
      [
        `read=cells/notes,${data}`,
        `write=${data}`,
        `net=${listen}`,
      ],
    );
    const host = new Deno.Command("sh", {
      args: ["-c", `ulimit -n ${FILES}; exec "$0" "$@"`, Deno.execPath()]
        .concat(args),
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const lines = host.stderr.pipeThrough(new TextDecoderStream()).getReader();
    let log = "";
    const look = async (pattern: RegExp): Promise<RegExpExecArray> => {
      for (;;) {
        const found = pattern.exec(log);
        if (found !== null) return found;
        const { value, done } = await lines.read();
        if (done) throw new Error(`The log ends without ${pattern}:\n${log}`);
        log += value;
      }
    };
    const logged = (pattern: RegExp): Promise<RegExpExecArray> =>
      within(`${pattern}`, look(pattern), () => log);
    const connections: Deno.Conn[] = [];
    try {
      await logged(/msg="cell ready"/);
      const address = { hostname: "127.0.0.1", port };
      try {
        for (let i = 0; i < CONNECTIONS; i++) {
          connections.push(await Deno.connect(address));
        }
      } catch {
        // It has given up for the moment.
      }
      assertStringIncludes(
        (await logged(/msg="http server failed".*/))[0],
        "Too many open files",
      );
      for (const connection of connections.splice(0)) connection.close();
      const status = await until("an answer", async () => {
        try {
          const answer = await fetch(`http://${listen}/notes`);
          await answer.body?.cancel();
          return answer.status;
        } catch {
          return undefined; // It listens again a moment later.
        }
      }, () => log);
      assertEquals(status, 200);
      host.kill("SIGTERM");
      await logged(/msg="pulp exit clean"/);
      assertEquals((await host.status).code, 0);
    } finally {
      for (const connection of connections) connection.close();
      try {
        host.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await lines.cancel();
    }
  },
});

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

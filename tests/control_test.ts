/**
 * The control socket, over real sockets. A socket's path is one of Deno's net
 * permissions and the folder is made anew each time, so the cases run in a
 * process of their own: with these sockets, this folder, and nothing else.
 */

import { assertEquals } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";

const ROOT = new URL("../", import.meta.url).pathname;

for (const cases of ["server_cases.ts", "file_cases.ts", "client_cases.ts"]) {
  Deno.test(`control socket: every case of ${cases} holds`, async () => {
    await using dir = new TempDir();
    const names = ["0", "1", "2", "3", "nowhere/0", "x".repeat(120)];
    const sockets = names.map((name) => dir.join(`${name}.ctl`));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--no-prompt",
        `--allow-read=${dir.path}`,
        `--allow-write=${dir.path}`,
        `--allow-net=${sockets.map((path) => `unix:${path}`).join(",")}`,
        "--allow-env=PULP_TEST_FOLDER",
        // The umask has no name of its own among them.
        ...(cases === "file_cases.ts" ? ["--allow-sys"] : []),
        `tests/control/${cases}`,
      ],
      cwd: ROOT,
      env: { PULP_TEST_FOLDER: dir.path, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const decoder = new TextDecoder();
    const log = decoder.decode(stdout) + decoder.decode(stderr);
    assertEquals(code, 0, log);
    // Not one of them was left out.
    assertEquals(/ok \| \d+ passed \| 0 failed \(/.test(log), true, log);
  });
}

import { assertEquals, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { parseCommandArgs } from "./args.ts";
import { COMMANDS } from "./commands.ts";
import { listenAddress } from "./listen.ts";

function address(...argv: string[]): string {
  const run = COMMANDS.find((command) => command.name === "run");
  if (run === undefined) throw new Error("no command run");
  return listenAddress(parseCommandArgs(run, argv));
}

Deno.test("listenAddress() takes names, IPv4 and IPv6 addresses", () => {
  assertEquals(address(), "127.0.0.1:8080");
  assertEquals(address("--listen=localhost:0"), "localhost:0");
  assertEquals(address("--listen=0.0.0.0:080"), "0.0.0.0:80");
  assertEquals(address("--listen=[::1]:65535"), "[::1]:65535");
});

Deno.test("listenAddress() reads --http-port as a port of this machine", () => {
  assertEquals(address("--http-port=0"), "127.0.0.1:0");
  assertEquals(address("--http-port", "09000"), "127.0.0.1:9000");
});

Deno.test("listenAddress() refuses what is no host and port, and says why", () => {
  const why = (value: string): string | undefined => {
    const error = assertThrows(() => address(`--listen=${value}`), PulpError);
    assertEquals(error.code, "usage");
    return error.hint;
  };
  assertEquals(why("8080"), "did you mean 127.0.0.1:8080?");
  assertEquals(why("65536"), undefined);
  assertEquals(why("localhost"), "did you mean localhost:8080?");
  assertEquals(why("127.0.0.1:"), "did you mean 127.0.0.1:8080?");
  assertEquals(why("[::1]"), "did you mean [::1]:8080?");
  assertEquals(
    why(":80"),
    "say 127.0.0.1:80 for this machine only, 0.0.0.0:80 for every interface",
  );
  assertEquals(why("::1:80"), "IPv6 addresses stand in brackets: [::1]:80");
  for (const value of ["x", "a:65536", "a:-1", "http://a:1", "a b:1", "a:1/"]) {
    why(value);
  }
});

Deno.test("listenAddress() refuses --listen and --http-port together", () => {
  assertThrows(() => address("--listen=a:1", "--http-port=1"), PulpError);
});

// deno-lint-ignore-file no-console -- speaks as a host does, to be started like one
/**
 * The least that Deno needs to hand on a body: what `http_respond_stream` is
 * held against.
 *
 *     deno run --allow-net=127.0.0.1 bare_proxy.ts <url>
 *
 * @module
 */

const [url = ""] = Deno.args;

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ hostname, port }) => {
    console.error(
      `msg="http server started" addr=${hostname}:${port}\nmsg="cell ready"`,
    );
  },
}, async () => new Response((await fetch(url)).body));

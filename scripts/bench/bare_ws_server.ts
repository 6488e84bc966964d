// deno-lint-ignore-file no-console -- speaks as a host does, to be started like one
/**
 * The least that Deno needs to echo WebSocket messages: what a cell is held against.
 *
 * @module
 */

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ hostname, port }) => {
    console.error(
      `msg="http server started" addr=${hostname}:${port}\nmsg="cell ready"`,
    );
  },
}, (request) => {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
});

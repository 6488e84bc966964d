// deno-lint-ignore-file no-console -- prints its one figure
/**
 * Puts load on a WebSocket echo, some messages at a time on each connection,
 * and prints the messages that came back in a second.
 *
 *     deno run --allow-net=127.0.0.1 ws_load_client.ts <url> <connections> <at a time> <ms>
 *
 * @module
 */

const [url = "", connections = "32", atATime = "4", ms = "1000"] = Deno.args;
const message = "hello, hello, hello";
const end = performance.now() + Number(ms);

function connection(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = new WebSocket(url);
  let count = 0;
  socket.onopen = () => {
    for (let i = 0; i < Number(atATime); i++) socket.send(message);
  };
  socket.onmessage = ({ data }) => {
    if (data !== message) return reject(new Error(`it sent ${data}`));
    count++;
    if (performance.now() < end) socket.send(message);
    else socket.close();
  };
  socket.onclose = () => resolve(count);
  socket.onerror = () => reject(new Error("the connection failed"));
  return promise;
}

const start = performance.now();
const counts = await Promise.all(
  Array.from({ length: Number(connections) }, connection),
);
const seconds = (performance.now() - start) / 1000;
console.log(counts.reduce((sum, count) => sum + count, 0) / seconds);

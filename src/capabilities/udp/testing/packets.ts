/**
 * A program for tests: uses UDP as a cell would, under the permissions that it
 * was started with, and prints the codes and the complaints as JSON.
 *
 * @module
 */

import { UdpCell, UdpPeer } from "./udp_cell.ts";

interface Order {
  readonly net?: readonly string[];
  /** `listen addr`, or `send addr` from the socket that was opened last. */
  readonly steps: readonly string[];
  /** Whether a peer on loopback takes the place of port 1. */
  readonly peer?: boolean;
}

const { net, steps, peer }: Order = JSON.parse(Deno.args[0]!);
await using cell = new UdpCell(net === undefined ? {} : { net });
await using other = peer === true ? await UdpPeer.bind() : undefined;
const codes: number[] = [];
let socket = 0n;
for (const step of steps) {
  const [verb, addr = ""] = step.split(" ");
  const to = other === undefined
    ? addr
    : addr.replace(/:1$/, `:${other.address.split(":")[1]}`);
  const { code, socketId } = verb === "listen"
    ? await cell.listen(to)
    : await cell.sendTo(socket, to);
  if (verb === "listen" && code === 0) socket = socketId;
  codes.push(code);
}
const complaints = cell.complaints();
await Deno.stdout.write(
  new TextEncoder().encode(JSON.stringify({ codes, complaints })),
);

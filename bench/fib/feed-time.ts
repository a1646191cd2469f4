/** What the feed itself takes: its octets to a receiver in the subject's place that only counts them. */

import { createConnection } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { BGP_PORT, FEED_ADDRESS, type Ground, SUBJECT_ADDRESS } from "./ground.ts";
import { startOn } from "./subjects/processes.ts";

const RETRY_MS = 10;
/** Reads, answers with one octet after the given number, ends with the connection. */
const RECEIVER = `
const [address, port, octets] = process.argv.slice(1);
let missing = Number(octets);
require("node:net").createServer((socket) => {
  socket.on("data", (chunk) => { missing -= chunk.length; if (missing <= 0) socket.write("!"); });
  socket.on("close", () => process.exit(0)).on("error", () => process.exit(0));
}).listen(Number(port), address);`;

/** Milliseconds from the first octet until the receiver has the last one. */
export async function feedMs(ground: Ground, bytes: Uint8Array): Promise<number> {
  const words = [process.execPath, "-e", RECEIVER, SUBJECT_ADDRESS, String(BGP_PORT), String(bytes.length)];
  const receiver = startOn(ground, { name: "receiver", words });
  const socket = await dial(() => receiver.ended());
  const fromNs = process.hrtime.bigint();
  socket.write(bytes);
  await once(socket, "data");
  const tookNs = process.hrtime.bigint() - fromNs;
  socket.destroy();
  await receiver.end;
  return Number(tookNs) / 1e6;
}

async function dial(ended: () => string | undefined): Promise<ReturnType<typeof createConnection>> {
  for (;;) {
    const socket = createConnection({ host: SUBJECT_ADDRESS, port: BGP_PORT, localAddress: FEED_ADDRESS, noDelay: true });
    try {
      await once(socket, "connect");
      return socket;
    } catch {
      const how = ended();
      if (how !== undefined) throw new Error(`the receiver: ${how}`);
      await sleep(RETRY_MS);
    }
  }
}

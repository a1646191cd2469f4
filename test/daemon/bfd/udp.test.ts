/** UDP for BFD over loopback: who hears whom, from which port, with which TTL, and what happens when the port is taken. */

import { type RemoteInfo, type Socket, createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { type IpAddress, type IpVersion, parseAddress } from "../../../src/ip/address.ts";
import { Udp, type UdpFact } from "../../../src/daemon/bfd/udp.ts";
import { whereIs } from "../../../src/cli/lab/command.ts";
import { until } from "../../support/until.ts";

const US: { readonly [Version in IpVersion]: IpAddress } = { 4: address("127.0.0.1"), 6: address("::1") };

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A Udp, what it heard, and a plain socket that plays the neighbor. */
class Bench {
  readonly heard: string[] = [];
  readonly facts: UdpFact[] = [];
  readonly udp: Udp;

  constructor(ports: { readonly here: number; readonly there: number }) {
    this.udp = new Udp(
      {
        received: (source, bytes) => this.heard.push(`${source} ${Buffer.from(bytes).toString()}`),
        report: (fact) => this.facts.push(fact),
      },
      ports,
    );
    cleanups.push(() => this.udp.destroy());
  }
}

function address(text: string): IpAddress {
  return parseAddress(text) as IpAddress;
}

async function plainSocket(version: IpVersion, ttl = 255): Promise<Socket> {
  const socket = createSocket(version === 4 ? "udp4" : "udp6");
  cleanups.push(() => socket.close());
  socket.bind(0, US[version]);
  await once(socket, "listening");
  socket.setTTL(ttl);
  return socket;
}

/** A port that nobody has. */
async function freePort(version: IpVersion): Promise<number> {
  const socket = createSocket(version === 4 ? "udp4" : "udp6").bind(0, US[version]);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** Says it again and again, because nothing is heard before the filter is in place. */
async function say(socket: Socket, text: string, port: number, to: IpAddress, heard: () => boolean): Promise<void> {
  await until(() => {
    socket.send(text, port, to);
    return heard();
  }, `${text} is heard`);
}

test.skipIf(!whereIs("perl")).each([4, 6] as const)(
  "over IPv%i a neighbor is heard, and whoever is farther away is not (RFC 5881 §5) [5.8-bfd]",
  async (version) => {
    const here = await freePort(version);
    const bench = new Bench({ here, there: 9 });
    bench.udp.listen(new Set([version]));
    const [far, near] = [await plainSocket(version, 254), await plainSocket(version)];
    await say(near, "near", here, US[version], () => bench.heard.length > 0);
    const before = bench.heard.length;
    for (let round = 0; round < 20; round++) far.send("far", here, US[version]);
    await say(near, "after", here, US[version], () => bench.heard.includes(`${US[version]} after`));
    expect(bench.heard.slice(before).filter((line) => line.endsWith("far"))).toEqual([]);
    expect(bench.facts).toEqual([]);
  },
);

test.each([4, 6] as const)(
  "over IPv%i a neighbor's packets leave from one port of the dynamic range, until the socket is closed [5.8-bfd]",
  async (version) => {
    const neighbor = await plainSocket(version);
    const arrived: { readonly text: string; readonly from: RemoteInfo }[] = [];
    neighbor.on("message", (bytes, from) => arrived.push({ text: bytes.toString(), from }));
    const { udp } = new Bench({ here: 9, there: neighbor.address().port });
    for (const text of ["one", "two"]) udp.send(US[version], undefined, Buffer.from(text));
    await until(() => arrived.length === 2);
    udp.close(US[version]);
    udp.send(US[version], US[version], Buffer.from("three"));
    await until(() => arrived.length === 3);
    const ports = arrived.map(({ from }) => from.port);
    expect(ports[0]).toBe(ports[1]);
    expect(ports[2]).not.toBe(ports[0]);
    for (const port of ports) expect(port).toBeGreaterThanOrEqual(49_152);
  },
);

test("a port that somebody has is told, and the last word is still sent", async () => {
  const other = await plainSocket(4);
  const taken = createSocket("udp4");
  cleanups.push(() => taken.close());
  taken.bind({ port: 0, address: "0.0.0.0", exclusive: true });
  await once(taken, "listening");
  const bench = new Bench({ here: taken.address().port, there: other.address().port });
  bench.udp.listen(new Set([4]));
  await until(() => bench.facts.length > 0);
  expect(bench.facts).toEqual([
    { kind: "bfd-deaf", version: 4, port: taken.address().port, reason: "another process has it already", retryMs: 5_000 },
  ]);
  const last = once(other, "message");
  bench.udp.send(US[4], undefined, Buffer.from("warm"));
  await last;
  const goodbye = once(other, "message");
  bench.udp.send(US[4], undefined, Buffer.from("goodbye"));
  bench.udp.destroy();
  expect(String((await goodbye)[0])).toBe("goodbye");
});

test("a local address that this host has not costs packets, nothing else", async () => {
  const neighbor = await plainSocket(4);
  const heard: string[] = [];
  neighbor.on("message", (bytes) => heard.push(bytes.toString()));
  const { udp } = new Bench({ here: 9, there: neighbor.address().port });
  udp.send(US[4], address("192.0.2.1"), Buffer.from("lost"));
  await until(() => {
    udp.send(US[4], undefined, Buffer.from("found"));
    return heard.includes("found");
  });
  expect(heard).not.toContain("lost");
});

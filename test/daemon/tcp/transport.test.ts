/** The transport over loopback, with the speaker's side of it played by the test. */

import { type Server, type Socket, connect, createServer } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { parseAddress, type IpAddress } from "../../../src/ip/address.ts";
import type { Prefix } from "../../../src/ip/prefix.ts";
import type { LinkId } from "../../../src/bgp/session/vocabulary.ts";
import type { PeerName, TransportSettings } from "../../../src/speaker/config/config.ts";
import { Secret } from "../../../src/speaker/config/secret.ts";
import type { SpeakerEvent, Transmission } from "../../../src/speaker/vocabulary.ts";
import { setSocketOptions } from "../../../src/system/set-socket-options.ts";
import { dscp } from "../../../src/system/socket-options.ts";
import { endpointOf } from "../../../src/daemon/tcp/endpoint.ts";
import { Transport } from "../../../src/daemon/tcp/transport.ts";
import type { DaemonFact } from "../../../src/daemon/facts.ts";
import type { Keys } from "../../../src/daemon/tcp/peer-options.ts";
import { freePort } from "../../support/program.ts";
import { until } from "../../support/until.ts";

const PEER = "Mesh_127_0_0_1" as PeerName;
const LOOPBACK = parseAddress("127.0.0.1") as IpAddress;

/** As of an internal peer, unless the test says otherwise. */
function transport(changes: Partial<TransportSettings> = {}): TransportSettings {
  return { password: undefined, reach: { kind: "hops", hops: 255 }, device: undefined, userTimeoutMs: undefined, dscp: 48, ...changes };
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A transport, what it said, and what it has to send by link. */
class Bench {
  readonly events: SpeakerEvent[] = [];
  readonly facts: DaemonFact[] = [];
  readonly outbox = new Map<LinkId, Uint8Array[]>();
  wakes = 0;
  readonly transport = new Transport({
    post: (event) => this.events.push(event),
    report: (fact) => this.facts.push(fact),
    transmit: (link, maxBytes) => this.take(link, maxBytes),
    wake: () => this.wakes++,
  });

  constructor() {
    cleanups.push(() => this.transport.destroy());
  }

  take(link: LinkId, maxBytes: number): Transmission {
    const waiting = this.outbox.get(link) ?? [];
    const taken: Uint8Array[] = [];
    for (let bytes = 0; waiting[0] && bytes + waiting[0].length <= maxBytes; ) {
      bytes += waiting[0].length;
      taken.push(waiting.shift() as Uint8Array);
    }
    return { pieces: taken, left: waiting.length > 0 ? "some" : "none" };
  }

  send(link: LinkId, ...chunks: Uint8Array[]): void {
    this.outbox.set(link, [...(this.outbox.get(link) ?? []), ...chunks]);
    this.transport.ready(link);
  }

  find<Kind extends SpeakerEvent["kind"]>(kind: Kind): Extract<SpeakerEvent, { kind: Kind }> | undefined {
    return this.events.find((event): event is Extract<SpeakerEvent, { kind: Kind }> => event.kind === kind);
  }

  async seen<Kind extends SpeakerEvent["kind"]>(kind: Kind): Promise<Extract<SpeakerEvent, { kind: Kind }>> {
    await until(() => this.find(kind) !== undefined, kind);
    return this.find(kind) as Extract<SpeakerEvent, { kind: Kind }>;
  }

  /** Listens on loopback and has one client come in. */
  async withClient(): Promise<{ link: LinkId; client: Socket }> {
    await this.transport.listen([{ address: LOOPBACK, port: 0 }]);
    const client = connect({ host: "127.0.0.1", port: this.transport.listening()[0]?.port ?? 0 });
    cleanups.push(() => client.destroy());
    client.on("error", () => {});
    await once(client, "connect");
    return { link: (await this.seen("accepted")).link, client };
  }
}

async function plainServer(onConnection: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer(onConnection).listen(0, "127.0.0.1");
  cleanups.push(() => server.close());
  await once(server, "listening");
  const bound = server.address();
  return { server, port: typeof bound === "object" && bound ? bound.port : 0 };
}

test("whoever connects is announced with both endpoints, then with what it says", async () => {
  const bench = new Bench();
  const { link, client } = await bench.withClient();
  client.write("hello");
  const bytes = await bench.seen("bytes");
  expect(Buffer.from(bytes.bytes).toString()).toBe("hello");
  expect(bytes.link).toBe(link);
  expect(bench.find("accepted")?.remote).toEqual({ address: "127.0.0.1", port: client.localPort });
});

test("a connection that ends is told once, whoever ended it", async () => {
  const bench = new Bench();
  const { link, client } = await bench.withClient();
  client.resetAndDestroy();
  await bench.seen("closed");
  bench.transport.hangUp(link);
  expect(bench.events.filter((event) => event.kind === "closed")).toEqual([{ kind: "closed", link }]);
  expect(bench.transport.links).toBe(0);
});

test("a dial that comes through is a link, from the local address that was asked for", async () => {
  const bench = new Bench();
  const accepted: Socket[] = [];
  const { port } = await plainServer((socket) => accepted.push(socket));
  bench.transport.dial({ kind: "dial", peer: PEER, remote: { address: LOOPBACK, port }, localAddress: parseAddress("127.0.0.2"), transport: transport() });
  const dialled = await bench.seen("dialled");
  expect(dialled.local.address).toBe("127.0.0.2");
  expect(dialled.peer).toBe(PEER);
  await until(() => accepted.length === 1);
  expect(accepted[0]?.remoteAddress).toBe("127.0.0.2");
});

test("a dial that fails says why", async () => {
  const bench = new Bench();
  const { server, port } = await plainServer(() => {});
  server.close();
  await once(server, "close");
  bench.transport.dial({ kind: "dial", peer: PEER, remote: { address: LOOPBACK, port }, localAddress: undefined, transport: transport() });
  expect(await bench.seen("dial-failed")).toEqual({ kind: "dial-failed", peer: PEER, reason: "connection refused" });
});

test("a dial from an address that this host does not have says so", async () => {
  const bench = new Bench();
  const { port } = await plainServer(() => {});
  bench.transport.dial({ kind: "dial", peer: PEER, remote: { address: LOOPBACK, port }, localAddress: parseAddress("192.0.2.1"), transport: transport() });
  expect((await bench.seen("dial-failed")).reason).toBe("this host has no such address");
});

test("a dial that cannot be had as configured is none", async () => {
  const bench = new Bench();
  const accepted: Socket[] = [];
  const { port } = await plainServer((socket) => accepted.push(socket));
  bench.transport.dial({ kind: "dial", peer: PEER, remote: { address: LOOPBACK, port }, localAddress: undefined, transport: transport({ device: "no-such-device" }) });
  expect((await bench.seen("dial-failed")).reason).toBe("the socket cannot be had as configured: device no-such-device: ENODEV");
  expect(accepted).toEqual([]);
});

test("a dial is called off as long as nothing of it has left", async () => {
  const bench = new Bench();
  let calls = 0;
  const { port } = await plainServer(() => calls++);
  const dial = { kind: "dial", peer: PEER, remote: { address: LOOPBACK, port }, localAddress: undefined, transport: transport() } as const;
  bench.transport.dial(dial);
  bench.transport.callOff(PEER);
  expect(await bench.seen("dial-called-off")).toEqual({ kind: "dial-called-off", peer: PEER });
  bench.transport.dial(dial);
  await bench.seen("dialled");
  bench.transport.callOff(PEER);
  expect(bench.events.map(({ kind }) => kind)).toEqual(["dial-called-off", "dialled"]);
  await until(() => calls > 0);
  expect(calls).toBe(1);
});

test("a second dial for a peer replaces the first without a word about it", async () => {
  const bench = new Bench();
  const { port } = await plainServer(() => {});
  const dial = { kind: "dial", peer: PEER, remote: { address: LOOPBACK, port }, localAddress: undefined, transport: transport() } as const;
  bench.transport.dial(dial);
  bench.transport.dial(dial);
  await bench.seen("dialled");
  expect(bench.events.map((event) => event.kind)).toEqual(["dialled"]);
});

test("a slow reader stops the pump, and gets every byte in the end", async () => {
  const bench = new Bench();
  const { link, client } = await bench.withClient();
  client.pause();
  const total = 32 * 1024 * 1024;
  for (let sent = 0; sent < total; sent += 65_535) bench.send(link, new Uint8Array(Math.min(65_535, total - sent)).fill(sent & 255));
  for (let turns = 0; bench.transport.pump() === "more"; turns++) expect(turns).toBeLessThan(10_000);
  expect(bench.outbox.get(link)?.length, "the rest waits in the speaker").toBeGreaterThan(100);
  let received = 0;
  client.on("data", (chunk: Uint8Array) => (received += chunk.length)).resume();
  await until(() => {
    bench.transport.pump();
    return received === total;
  }, "all bytes");
  expect(bench.outbox.get(link)).toEqual([]);
});

test("a peer that sends faster than we absorb has to wait [5.8-fast-sender]", async () => {
  const bench = new Bench();
  const { link, client } = await bench.withClient();
  const total = 64 * 1024 * 1024;
  client.write(new Uint8Array(total));
  const queued = (): number => bench.events.reduce((sum, event) => sum + (event.kind === "bytes" ? event.bytes.length : 0), 0);
  await until(() => queued() >= 128 * 1024);
  await until(() => client.writableLength > 0);
  expect(queued()).toBeLessThan(2 * 1024 * 1024);
  let absorbed = 0;
  await until(() => {
    for (const event of bench.events.splice(0)) {
      if (event.kind !== "bytes") continue;
      absorbed += event.bytes.length;
      bench.transport.absorbed(link, event.bytes.length);
    }
    return absorbed === total;
  }, "all bytes absorbed");
});

test("a peer that sends octet by octet has to wait too: each of them is an event", async () => {
  const bench = new Bench();
  const { client } = await bench.withClient();
  client.setNoDelay(true);
  for (let sent = 0; sent < 2000; sent++) {
    client.write(new Uint8Array(1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(bench.events.filter(({ kind }) => kind === "bytes").length).toBeLessThan(600);
});

test("whoever was never spoken to is reset when we hang up, and its socket is free at once", async () => {
  const bench = new Bench();
  const { link, client } = await bench.withClient();
  let code: unknown;
  client.on("error", (error: NodeJS.ErrnoException) => (code = error.code)).resume();
  bench.transport.hangUp(link);
  await bench.seen("closed");
  await until(() => client.destroyed);
  expect(code).toBe("ECONNRESET");
});

test("of a flood of connections that nobody has looked at, only so many are kept [5.8-callers]", async () => {
  const bench = new Bench();
  await bench.transport.listen([{ address: LOOPBACK, port: 0 }]);
  const port = bench.transport.listening()[0]?.port ?? 0;
  const call = (): void => {
    const client = connect({ host: "127.0.0.1", port });
    client.on("error", () => {}).resume();
    cleanups.push(() => client.destroy());
  };
  for (let calls = 0; calls < 4200; calls++) call();
  const floods = (): number => bench.facts.filter(({ kind }) => kind === "connection-flood").length;
  await until(() => floods() > 0 && bench.transport.links + floods() === 4200, "all have come in");
  expect(bench.transport.links).toBe(4096);
  for (let seen = 0; seen < 100; seen++) bench.transport.seen();
  call();
  await until(() => bench.transport.links === 4097);
});

test("hanging up sends what is left first [5.2-last-word]", async () => {
  const bench = new Bench();
  const { link, client } = await bench.withClient();
  let heard = "";
  client.on("data", (chunk: Uint8Array) => (heard += Buffer.from(chunk).toString()));
  client.write("unread"); // unread bytes must not turn the goodbye into a reset
  bench.outbox.set(link, [Buffer.from("good"), Buffer.from("bye")]);
  bench.transport.hangUp(link);
  await once(client, "end");
  expect(heard).toBe("goodbye");
  await bench.seen("closed");
});

test("a peer that does not read its goodbye is left after a while", async () => {
  const bench = new Bench();
  const { link, client } = await bench.withClient();
  client.pause();
  bench.send(link, new Uint8Array(900_000), new Uint8Array(100_000));
  for (let i = 0; i < 20; i++) {
    bench.send(link, new Uint8Array(1_000_000));
    bench.transport.pump();
  }
  bench.transport.hangUp(link);
  await bench.seen("closed");
});

test("a port in use is one clear line, and no other port stays open", async () => {
  const { port } = await plainServer(() => {});
  const bench = new Bench();
  const both = [{ address: parseAddress("127.0.0.3") as IpAddress, port }, { address: LOOPBACK, port }];
  await expect(bench.transport.listen(both)).rejects.toThrow(`cannot listen on 127.0.0.1 port ${port}: another process has it already`);
  await new Bench().transport.listen(both.slice(0, 1));
});

test("an address this host does not have is one clear line", async () => {
  const address = parseAddress("192.0.2.1") as IpAddress;
  await expect(new Bench().transport.listen([{ address, port: 0 }])).rejects.toThrow("cannot listen on 192.0.2.1 port 0: this host has no such address");
});

test("both wildcards listen side by side", async () => {
  const port = await freePort("0.0.0.0");
  const bench = new Bench();
  await bench.transport.listen([{ address: parseAddress("0.0.0.0") as IpAddress, port }, { address: parseAddress("::") as IpAddress, port }]);
  expect(bench.transport.listening()).toHaveLength(2);
});

test("an IPv4 peer on an IPv6 socket keeps its IPv4 address, and a zone is dropped", () => {
  expect(endpointOf("::ffff:10.0.0.1", 179)?.address).toBe("10.0.0.1");
  expect(endpointOf("fe80::1%eth0", 179)?.address).toBe("fe80::1");
  expect(endpointOf(undefined, 179)).toBeUndefined();
});

describe.each([
  { over: "IPv4", listen: "127.0.0.1", host: "127.0.0.1", range: "127.0.0.0/8" },
  { over: "IPv6", listen: "::1", host: "::1", range: "::/64" },
  { over: "IPv4 on a socket of both", listen: "::", host: "127.0.0.1", range: "127.0.0.0/8" },
])("over $over", ({ listen, host, range }) => {
  const address = parseAddress(host) as IpAddress;
  const own = `${host}/${host.includes(":") ? 128 : 32}`;

  async function listening(keys: Keys): Promise<{ bench: Bench; port: number }> {
    const bench = new Bench();
    await bench.transport.setKeys(keys);
    await bench.transport.listen([{ address: parseAddress(listen) as IpAddress, port: 0 }]);
    return { bench, port: bench.transport.listening()[0]?.port ?? 0 };
  }

  function dial(port: number, password: string | undefined): Bench {
    const caller = new Bench();
    caller.transport.dial({ kind: "dial", peer: PEER, remote: { address, port }, localAddress: undefined, transport: transport({ password: password === undefined ? undefined : new Secret(password) }) });
    return caller;
  }

  /** A dial with that password comes through, however long this machine takes for it. */
  async function isHeard(port: number, password: string | undefined): Promise<void> {
    await dial(port, password).seen("dialled");
  }

  /** A wrong signature gets no answer: waiting is all one can do. */
  async function isNotHeard(port: number, password: string | undefined): Promise<void> {
    const caller = dial(port, password);
    const patience = AbortSignal.timeout(300);
    await until(() => patience.aborted || caller.find("dialled") !== undefined);
    expect(caller.find("dialled"), `with ${password}`).toBeUndefined();
  }

  test.each([
    { title: "its address", prefix: own },
    { title: "a range", prefix: range },
  ])("who has to sign by $title is heard with the right password only [5.8-md5]", async ({ prefix }) => {
    const { bench, port } = await listening(keys({ [prefix]: "geheim" }));
    await isNotHeard(port, "Geheim");
    await isNotHeard(port, undefined);
    expect(bench.find("accepted")).toBeUndefined();
    await isHeard(port, "geheim");
    expect((await bench.seen("accepted")).remote.address).toBe(host);
  });

  test("keys come, change and go while a session with the old one stands", async () => {
    const { bench, port } = await listening(new Map());
    await bench.transport.setKeys(keys({ [own]: "first" }));
    const caller = dial(port, "first");
    const { link } = await caller.seen("dialled");
    await bench.seen("accepted");
    await bench.transport.setKeys(keys({ [own]: "second" }));
    await isNotHeard(port, "first");
    await isHeard(port, "second");
    await bench.transport.setKeys(new Map());
    await isHeard(port, undefined);
    caller.send(link, Buffer.from("still here"));
    caller.transport.pump();
    expect(Buffer.from((await bench.seen("bytes")).bytes).toString()).toBe("still here");
  });

  test("a connection from a peer is tuned, and closed where it cannot be", async () => {
    const { bench, port } = await listening(new Map());
    const remote = { address, port: 50_000 };
    const caller = connect({ host, port });
    cleanups.push(() => caller.destroy());
    const { link } = await bench.seen("accepted");
    bench.transport.tune({ kind: "tune", link, remote, transport: transport({ reach: { kind: "security", hops: 1 } }) });
    bench.transport.tune({ kind: "tune", link, remote, transport: transport({ device: "no-such-device" }) });
    await bench.seen("closed");
    expect(bench.facts).toEqual([{ kind: "connection-unfit", remote, reason: "device no-such-device: ENODEV" }]);
  });

  test("nothing is said and nothing heard before a connection is tuned", async () => {
    const { bench, port } = await listening(new Map());
    const caller = connect({ host, port });
    cleanups.push(() => caller.destroy());
    const { link, remote } = await bench.seen("accepted");
    let heard = "";
    caller.on("data", (chunk: Uint8Array) => (heard += Buffer.from(chunk).toString()));
    bench.transport.tune({ kind: "tune", link, remote, transport: transport({ userTimeoutMs: 30_000 }) });
    bench.send(link, Buffer.from("hello"));
    caller.write("hello");
    expect(bench.transport.pump()).toBe("done");
    expect(bench.outbox.get(link)).toHaveLength(1);
    await optionsAreSet();
    await until(() => {
      bench.transport.pump();
      return heard === "hello";
    }, "what was held back");
    await bench.seen("bytes");
  });

  test("a caller whose packets come with too small a TTL is not heard after it is tuned [5.8-gtsm]", async () => {
    const { bench, port } = await listening(new Map());
    const far = new Bench();
    far.transport.dial({ kind: "dial", peer: PEER, remote: { address, port }, localAddress: undefined, transport: transport({ reach: { kind: "hops", hops: 254 } }) });
    const near = new Bench();
    near.transport.dial({ kind: "dial", peer: PEER, remote: { address, port }, localAddress: undefined, transport: transport({ reach: { kind: "security", hops: 1 } }) });
    const [farLink, nearLink] = [(await far.seen("dialled")).link, (await near.seen("dialled")).link];
    await until(() => bench.events.length === 2);
    for (const event of bench.events.slice()) if (event.kind === "accepted") bench.transport.tune({ kind: "tune", link: event.link, remote: event.remote, transport: transport({ reach: { kind: "security", hops: 1 } }) });
    await optionsAreSet();
    far.send(farLink, Buffer.from("far"));
    far.transport.pump();
    near.send(nearLink, Buffer.from("near"));
    near.transport.pump();
    expect(Buffer.from((await bench.seen("bytes")).bytes).toString()).toBe("near");
    expect(bench.events.filter(({ kind }) => kind === "bytes")).toHaveLength(1);
  });
});

test("callers whose key the kernel does not take are refused, and the operator hears of it once", async () => {
  const bench = new Bench();
  await bench.transport.listen([{ address: LOOPBACK, port: 0 }]);
  const others = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`10.0.${index >> 8}.${index & 255}/32`, "geheim"]));
  await bench.transport.setKeys(keys({ ...others, "127.0.0.1/32": "geheim" })); // more than net.core.optmem_max has room for
  expect(bench.facts).toEqual([expect.objectContaining({ kind: "passwords-failed", reason: "ENOMEM" })]);
  const caller = connect({ host: "127.0.0.1", port: bench.transport.listening()[0]?.port ?? 0 });
  cleanups.push(() => caller.destroy());
  caller.on("error", () => {});
  await once(caller, "close");
  expect(bench.find("accepted")).toBeUndefined();
  await bench.transport.setKeys(keys({ "127.0.0.1/32": "geheim" }));
  expect(bench.facts).toHaveLength(1);
});

/** What was asked for before has happened. */
async function optionsAreSet(): Promise<void> {
  await setSocketOptions({ fd: -1 }, [dscp(4, 48)]);
}

function keys(texts: Readonly<Record<string, string>>): Keys {
  return new Map(Object.entries(texts).map(([prefix, text]) => [prefix as Prefix, new Secret(text)]));
}

test("the round has come by a link when it has taken all there was, not only the first slice", async () => {
  const bench = new Bench();
  const { link, client } = await bench.withClient();
  client.pause();
  const slice = new Uint8Array(200 * 1024);
  bench.send(link, slice, slice, slice);
  expect(bench.transport.round).toEqual({ entered: 1, served: 0 });
  const unhurried = bench.take.bind(bench);
  bench.take = (id, maxBytes) => {
    const endMs = performance.now() + 12;
    while (performance.now() < endMs); // longer than a turn may fill sockets
    return unhurried(id, maxBytes);
  };
  expect(bench.transport.pump()).toBe("more");
  bench.transport.ready(link);
  expect(bench.transport.round).toEqual({ entered: 2, served: 0 });
  client.resume();
  await until(() => bench.transport.pump() === "done" && bench.outbox.get(link)?.length === 0);
  expect(bench.transport.round).toMatchObject({ served: bench.transport.round.entered });
});

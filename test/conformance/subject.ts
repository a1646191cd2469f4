/**
 * The daemon that the conformance tests question: the built program on loopback, with a peer of every kind.
 *
 *   127.0.20.1  ts-bgp, AS 64512 ──┬── client    127.0.20.11  AS 64512
 *                                  ├── client2   127.0.20.12  AS 64512
 *                                  ├── plain     127.0.20.13  AS 64512
 *                                  ├── plain2    127.0.20.14  AS 64512
 *                                  ├── external  127.0.20.15  AS 65001
 *                                  └── wide      127.0.20.16  AS 4200000001
 *
 * It waits to be called by all of them. Each file of tests has a daemon and a network of its own: 127.0.21, 127.0.22...
 */

import { askRows, askValue } from "../../src/control/sockets/client.ts";
import type { PeerDetail, PeerRow } from "../../src/control/answers/peer.ts";
import type { RouteRow } from "../../src/control/answers/route.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { until } from "../support/until.ts";
import { OPTIONAL, ORIGIN_IGP, WELL_KNOWN, attribute, rawUpdate } from "../wire/raw.ts";
import {
  IPV4_UNICAST,
  IPV6_UNICAST,
  KEEPALIVE,
  type RawOpen,
  ROUTE_REFRESH,
  TYPE,
  fourOctetAs,
  inOneParameter,
  ipv4,
  open,
  u32,
} from "./bytes.ts";
import { RawPeer } from "./raw-peer.ts";

export const OUR_AS = 64512;
const AS_TRANS = 23456;

interface Kind {
  readonly host: number;
  readonly asn: number;
  readonly config: object;
}

export const KINDS = {
  client: { host: 11, asn: OUR_AS, config: { reflectorClient: true } },
  client2: { host: 12, asn: OUR_AS, config: { reflectorClient: true } },
  plain: { host: 13, asn: OUR_AS, config: {} },
  plain2: { host: 14, asn: OUR_AS, config: {} },
  external: { host: 15, asn: 65001, config: { importPolicy: "accept-all", exportPolicy: "accept-all" } },
  wide: { host: 16, asn: 4_200_000_001, config: { importPolicy: "accept-all", exportPolicy: "accept-all" } },
} as const satisfies { readonly [name: string]: Kind };

export type PeerKind = keyof typeof KINDS;

/** What a peer says of itself when nothing else is asked for. */
export const USUAL_CAPABILITIES = [IPV4_UNICAST, IPV6_UNICAST, ROUTE_REFRESH] as const;

/** Announced after what a test sends, with a MED of its own: once it is there, what was sent before has been dealt with. */
const MARK = "203.0.113.0/24";
const MARK_NLRI = [24, 203, 0, 113];
const EMPTY_AS_PATH = attribute(WELL_KNOWN, 2, []);

export interface Options {
  /** Merged into the configuration of the peer of that name. */
  readonly peers?: { readonly [Kind in PeerKind]?: object };
  readonly document?: object;
}

export class Subject {
  readonly network: string;
  readonly port: number;
  readonly daemon: RunningDaemon;
  readonly #sessions: RawPeer[] = [];
  #marks = 0;

  private constructor(network: string, port: number, options: Options) {
    this.network = network;
    this.port = port;
    this.daemon = new RunningDaemon("rr", this.#document(options));
  }

  static async start(network: string, options: Options = {}): Promise<Subject> {
    const subject = new Subject(network, await freePort(`${network}.1`), options);
    await subject.daemon.logged("started");
    return subject;
  }

  get address(): string {
    return `${this.network}.1`;
  }

  addressOf(kind: PeerKind): string {
    return `${this.network}.${KINDS[kind].host}`;
  }

  /** A TCP connection from that peer's address, nothing said yet. */
  async connect(kind: PeerKind): Promise<RawPeer> {
    const peer = await RawPeer.call(this.addressOf(kind), { address: this.address, port: this.port });
    this.#sessions.push(peer);
    return peer;
  }

  /** The OPEN that this peer would send, with some of it said differently. */
  open(kind: PeerKind, changes: Partial<RawOpen> = {}): Uint8Array {
    const { asn } = KINDS[kind];
    const parameters = inOneParameter(...USUAL_CAPABILITIES, fourOctetAs(asn));
    return open({ shortAs: asn > 0xffff ? AS_TRANS : asn, routerId: this.addressOf(kind), parameters, ...changes });
  }

  /** An established session; what the daemon told until its End-of-RIBs is still to be heard. */
  async establish(kind: PeerKind, changes: Partial<RawOpen> = {}): Promise<RawPeer> {
    const peer = await this.connect(kind);
    peer.say(this.open(kind, changes));
    await peer.hears(TYPE.open);
    peer.say(KEEPALIVE);
    await peer.hears(TYPE.keepalive);
    await until(async () => peer.ended || (await this.state(kind)) === "Established", `${kind} is established`);
    return peer;
  }

  /** Returns when everything that the peer said so far has been dealt with. */
  async caughtUp(kind: PeerKind, peer: RawPeer): Promise<void> {
    const mark = ++this.#marks;
    peer.say(
      rawUpdate({
        attributes: [
          ...ORIGIN_IGP,
          ...EMPTY_AS_PATH,
          ...attribute(WELL_KNOWN, 3, ipv4(this.addressOf(kind))),
          ...attribute(OPTIONAL, 4, u32(mark)),
        ],
        nlri: MARK_NLRI,
      }),
    );
    await until(async () => peer.ended || (await this.route(kind, MARK))?.med === mark, "the marking route arrives");
    if (peer.ended) throw new Error(`the session ended: ${JSON.stringify(peer.heard)}`);
  }

  async state(kind: PeerKind): Promise<string> {
    return (await this.detail(kind)).state;
  }

  detail(kind: PeerKind): Promise<PeerDetail> {
    return askValue<PeerDetail>(this.daemon.socket, { ask: "peer", peer: kind });
  }

  /** What that peer told, used or not. */
  async routes(from: PeerKind): Promise<readonly RouteRow[]> {
    return rowsOf(askRows<RouteRow>(this.daemon.socket, { ask: "routes", from }));
  }

  async route(from: PeerKind, prefix: string): Promise<RouteRow | undefined> {
    return (await this.routes(from)).find((row) => row.prefix === prefix);
  }

  /** Ends what a test left open, and returns when the daemon has noticed. */
  async quiet(): Promise<void> {
    for (const peer of this.#sessions.splice(0)) peer.hangUp();
    const busy = ["OpenSent", "OpenConfirm", "Established"];
    await until(
      async () =>
        (await rowsOf(askRows<PeerRow>(this.daemon.socket, { ask: "peers" }))).every(({ state }) => !busy.includes(state)),
      "all sessions are over",
    );
  }

  async dispose(): Promise<void> {
    for (const peer of this.#sessions) peer.hangUp();
    await this.daemon.dispose();
  }

  reload(options: Options): void {
    this.daemon.configure(this.#document(options));
    this.daemon.signal("SIGHUP");
  }

  #document({ peers = {}, document = {} }: Options): object {
    return {
      router: { asn: OUR_AS, id: this.address, ipv6: "fd00::1" },
      networks: ["10.99.0.0/16"],
      listen: [{ address: this.address, port: this.port }],
      peers: (Object.keys(KINDS) as PeerKind[]).map((name) => this.#peer(name, peers[name] ?? {})),
      ...document,
    };
  }

  #peer(name: PeerKind, changes: object): object {
    const { asn, config } = KINDS[name];
    const families = ["ipv4", "ipv6"];
    return {
      name,
      address: this.addressOf(name),
      port: this.port,
      localAddress: this.address,
      asn,
      passive: true,
      families,
      connectRetrySec: 1,
      idleHoldMaxSec: 1,
      ...config,
      ...changes,
    };
  }
}

async function rowsOf<Row>(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

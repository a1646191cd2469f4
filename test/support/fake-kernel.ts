/**
 * A kernel in memory that speaks rtnetlink: executes requests at once, answers when it is let, tells others' changes.
 * It keeps a ledger of every time one of our requests hit a route that is not ours.
 */

import { type IpAddress, addressToBytes } from "../../src/ip/address.ts";
import { type Prefix, prefixAddress, prefixFromBytes, prefixLength, prefixVersion } from "../../src/ip/prefix.ts";
import { type SimulatedLink, encodeAddress, encodeAcknowledgement, encodeEndOfDump, encodeLink, encodeNextHopRemoval, encodeRoute } from "../../src/fib/kernel-messages.ts";
import { ERRNO, FLAG, MESSAGE, type MessageAt, eachMessage } from "../../src/fib/rtnetlink.ts";
import { MAIN_TABLE, type RouteOwner, RouteReader, type RouteTarget } from "../../src/fib/rtnetlink-route.ts";
import { describeTarget } from "../../src/fib/targets.ts";

/** Asked about every request of ours: an errno instead of doing it; zero: as usual. */
export type Refusal = (request: { readonly kind: "add" | "change" | "delete"; readonly prefix: Prefix }) => number;

interface FakeRoute {
  readonly prefix: Prefix;
  readonly owner: RouteOwner;
  readonly target: RouteTarget;
  readonly object?: number | undefined;
}

export class FakeKernel {
  readonly #protocol: number;
  readonly #routes = new Map<string, FakeRoute>();
  readonly #links = new Map<number, SimulatedLink>();
  readonly #addresses = new Map<IpAddress, number>();
  readonly #reader = new RouteReader();
  readonly #answers: Uint8Array[] = [];
  refuse: Refusal = () => 0;
  onEvent: (datagram: Uint8Array) => void = () => undefined;
  /** Every request of ours that changed or removed a route of somebody else. */
  readonly trespasses: string[] = [];
  /** Every route request of ours, in order. */
  readonly requests: string[] = [];
  dumps = 0;

  constructor(ourProtocol: number) {
    this.#protocol = ourProtocol;
  }

  /** Executes a datagram of ours; the answers wait in the receive queue. */
  execute(datagram: Uint8Array): void {
    eachMessage(datagram, (message) => {
      if ((message.flags & FLAG.dump) === FLAG.dump) return this.#dump(message);
      const errno = this.#change(message);
      if (errno !== 0 || (message.flags & FLAG.ack) !== 0) this.#answers.push(encodeAcknowledgement(message, errno));
    });
  }

  /** The next answer, or undefined. */
  takeAnswer(): Uint8Array | undefined {
    return this.#answers.shift();
  }

  /** The relay died: whatever it had not passed on is lost. */
  loseAnswers(): void {
    this.#answers.length = 0;
  }

  /** A link with one address and its connected route, made by the kernel itself. */
  setLink(index: number, name: string, network: { readonly address: string; readonly prefix: string }): void {
    this.#links.set(index, { index, name, up: true });
    this.#addresses.set(network.address as IpAddress, index);
    this.onEvent(encodeLink({ index, name, up: true }, 0));
    this.onEvent(encodeAddress(network.address as IpAddress, index, 0));
    this.putForeign(network.prefix, { kind: "via", hops: [{ device: index, gateway: undefined, onLink: false }], source: undefined }, { protocol: 2 });
  }

  /** Routes through it vanish without a word, ours too. */
  linkDown(index: number): void {
    const link = this.#links.get(index);
    if (!link) return;
    this.#links.set(index, { ...link, up: false });
    for (const [key, { target }] of this.#routes) if (target.kind === "via" && target.hops.some((hop) => hop.device === index)) this.#routes.delete(key);
    this.onEvent(encodeLink({ ...link, up: false }, 0));
  }

  /** Somebody else's route, in place of whatever has its prefix and metric: ours too. */
  putForeign(prefix: string, target: RouteTarget, { protocol = 4, metric = 0, table = MAIN_TABLE, object }: { protocol?: number; metric?: number; table?: number; object?: number } = {}): void {
    const route = { prefix: prefix as Prefix, owner: { protocol, table, metric }, target, object };
    this.#routes.set(keyOf(route), route);
    this.onEvent(routeMessage("newRoute", route, FLAG.replace));
  }

  /** Somebody removes a route, whoever made it. */
  dropByHand(prefix: string, metric = 0, table = MAIN_TABLE): void {
    const key = keyOf({ prefix: prefix as Prefix, owner: { table, metric } });
    const route = this.#routes.get(key);
    if (!route) return;
    this.#routes.delete(key);
    this.onEvent(routeMessage("delRoute", route, 0));
  }

  /** A nexthop object goes, and every route through it without a word. */
  dropObject(object: number): void {
    for (const [key, route] of this.#routes) if (route.object === object) this.#routes.delete(key);
    this.onEvent(encodeNextHopRemoval(object));
  }

  /** prefix -> what stands there, of that protocol only. */
  table(protocol: number): Readonly<Record<string, string>> {
    const routes = [...this.#routes.values()].filter((route) => route.owner.protocol === protocol);
    return Object.fromEntries(routes.map(({ prefix, target }) => [prefix, describeTarget(target, (device) => this.#links.get(device)?.name ?? "?")]));
  }

  /** "prefix metric n" of every route of that protocol, in order. */
  places(protocol: number): readonly string[] {
    const routes = [...this.#routes.values()].filter((route) => route.owner.protocol === protocol);
    return routes.map(({ prefix, owner }) => `${prefix} metric ${owner.metric}`).sort();
  }

  #change(message: MessageAt): number {
    const reader = this.#reader;
    reader.read(message);
    const route = { prefix: prefixOf(reader), owner: { protocol: reader.protocol, table: reader.table, metric: reader.metric }, target: reader.target() };
    const standing = this.#routes.get(keyOf(route));
    const kind = message.type === MESSAGE.delRoute ? "delete" : (message.flags & FLAG.replace) !== 0 ? "change" : "add";
    this.requests.push(`${kind} ${route.prefix}`);
    const refused = this.refuse({ kind, prefix: route.prefix });
    if (refused !== 0) return refused;
    if (kind === "delete" && standing?.owner.protocol !== reader.protocol) return ERRNO.ESRCH;
    if (kind === "add" && standing) return ERRNO.EEXIST;
    if (standing && standing.owner.protocol !== this.#protocol) this.trespasses.push(`${kind} ${route.prefix}`);
    if (kind === "delete") this.#routes.delete(keyOf(route));
    else this.#routes.set(keyOf(route), route);
    return 0;
  }

  #dump(message: MessageAt): void {
    if (message.type === MESSAGE.getLink) {
      this.dumps++;
      for (const link of this.#links.values()) this.#answers.push(encodeLink(link, message.seq));
    }
    if (message.type === MESSAGE.getAddress) for (const [address, link] of this.#addresses) this.#answers.push(encodeAddress(address, link, message.seq));
    if (message.type === MESSAGE.getRoute) {
      const version = message.bytes[message.at] === 2 ? 4 : 6;
      const shown = [...this.#routes.values()].filter(({ prefix }) => prefixVersion(prefix) === version);
      for (const route of shown) this.#answers.push(routeMessage("newRoute", route, 0, message.seq));
    }
    this.#answers.push(encodeEndOfDump(message.seq));
  }
}

function keyOf({ prefix, owner }: { readonly prefix: Prefix; readonly owner: { readonly table: number; readonly metric: number } }): string {
  return `${prefix} ${owner.table} ${owner.metric}`;
}

function prefixOf(reader: RouteReader): Prefix {
  const bytes = reader.destinationAt === undefined ? new Uint8Array(16) : reader.bytes;
  return prefixFromBytes(bytes, reader.destinationAt ?? 0, reader.bits, reader.family === "ipv4" ? 4 : 6);
}

function routeMessage(as: "newRoute" | "delRoute", { prefix, owner, target, object }: FakeRoute, flags: number, seq = 0): Uint8Array {
  const family = prefixVersion(prefix) === 4 ? "ipv4" : "ipv6";
  const to = { family, address: addressToBytes(prefixAddress(prefix)), bits: prefixLength(prefix) } as const;
  return encodeRoute(to, target, owner, { as, flags, seq, object });
}

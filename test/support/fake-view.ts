/** A SpeakerView that answers what the test put into it. */

import { type IpAddress, parseAddress } from "../../src/ip/address.ts";
import { type Prefix, containsAddress, parsePrefix } from "../../src/ip/prefix.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { NO_RESTART } from "../../src/bgp/session/restart-agreement.ts";
import { INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import type { Negotiated } from "../../src/bgp/session/vocabulary.ts";
import type { ForwardingRule, PeerConfig, PeerName } from "../../src/speaker/config/config.ts";
import { parseSpeakerConfig } from "../../src/speaker/config/parse.ts";
import type { RouteChanges } from "../../src/speaker/peers/route-changes.ts";
import type { DeferralView, PeerCounters, PeerView, RangeView, RouteOrigin, RouteQuery, RouteView, RouterView, SpeakerView } from "../../src/speaker/view.ts";

const NO_MESSAGES = { open: 0, update: 0, keepalive: 0, notification: 0, routeRefresh: 0 };
const NO_COUNTERS: PeerCounters = { received: NO_MESSAGES, sent: NO_MESSAGES, established: 0, flaps: 0, attributesDiscarded: 0, treatedAsWithdraw: 0,
  attributeFaults: [],
  pathsIgnored: 0,
  pathsRefused: {} };

export class FakeView implements SpeakerView {
  readonly peerViews: PeerView[] = [];
  readonly rangeViews: RangeView[] = [];
  readonly routeViews: RouteView[] = [];
  readonly kernelRules: ForwardingRule[] = [];
  changes: RouteChanges = {
    importUpdates: { received: 30, rejected: 1, filtered: 4, ignored: 20, accepted: 5 },
    importWithdraws: { received: 7, rejected: 0, filtered: 0, ignored: 3, accepted: 4 },
    exportUpdates: { received: 90, rejected: 40, filtered: 10, accepted: 40 },
    exportWithdraws: { received: 8, rejected: 0, filtered: 0, accepted: 6 },
  };
  deferral: DeferralView | undefined;
  standing: RouterView["standing"] = "configured";

  router(): RouterView {
    return {
      asn: 64512,
      routerId: 0xac110865,
      clusterId: 0xac110865,
      startedAtMs: 0,
      configuredAtMs: 1000,
      standing: this.standing,
      converged: true,
      deferral: this.deferral,
      prefixes: this.routeViews.length,
      paths: this.routeViews.length,
      attributeSets: 1,
      unknownConnections: 0,
      pendingConnections: 0,
      refusedConnections: 0,
    };
  }

  peers(): readonly PeerView[] {
    return this.peerViews;
  }

  *walkPeers(): Iterable<PeerView> {
    yield* this.peers();
  }

  routeChanges(): RouteChanges {
    return this.changes;
  }

  ranges(): readonly RangeView[] {
    return this.rangeViews;
  }

  walkRoutes(query: RouteQuery): readonly RouteView[] {
    return this.routes(query);
  }

  routes({ family, prefix, covering, from }: RouteQuery): readonly RouteView[] {
    return this.routeViews.filter(
      (route) =>
        (family === undefined || route.family === family) &&
        (prefix === undefined || route.prefix === prefix) &&
        (covering === undefined || containsAddress(route.prefix, covering)) &&
        (from === undefined || (route.origin.kind === "peer" && route.origin.peer === from)),
    );
  }

  toldTo(): readonly RouteView[] {
    return [];
  }

  why(): never {
    throw new Error("whole speakers answer that");
  }

  forwardingRules(): readonly ForwardingRule[] {
    return this.kernelRules;
  }

  policyRules(): readonly [] {
    return [];
  }

  lastChanges(): readonly [] {
    return [];
  }

  addPeer(document: object, overrides: Partial<PeerView> = {}): PeerView {
    const config = peerConfig(document);
    const view: PeerView = {
      name: config.name,
      range: undefined,
      config,
      state: "Established",
      sinceMs: 5000,
      localAddress: parseAddress("172.17.8.101"),
      link: undefined,
      negotiated: undefined,
      lastDown: undefined,
      held: undefined,
      counters: NO_COUNTERS,
      kept: [],
      families: [{ family: "ipv4", received: 3, accepted: 2, best: 1, advertised: 4, endOfRib: true }],
      ...overrides,
    };
    this.peerViews.push(view);
    return view;
  }

  addRoute(prefix: string, overrides: Partial<RouteView> & { readonly attributes?: PathAttributes } = {}): void {
    this.routeViews.push({
      prefix: parsePrefix(prefix) as Prefix,
      family: prefix.includes(":") ? "ipv6" : "ipv4",
      origin: fromPeer("Mesh_172_17_8_102", "172.17.8.102"),
      pathId: 0,
      attributes: { origin: "igp", nextHop: { address: parseAddress("172.17.8.102") as IpAddress }, localPref: 100, asPath: [] },
      best: true,
      stale: false,
      lostBy: undefined,
      rejectedBy: undefined,
      sinceMs: 6000,
      ...overrides,
    });
  }
}

export function fromPeer(name: string, address: string): RouteOrigin {
  return { kind: "peer", peer: name as PeerName, address: parseAddress(address) as IpAddress };
}

/** One peer's configuration, as a file would have it. */
export function peerConfig(document: object): PeerConfig {
  const { peers } = parseSpeakerConfig({ router: { asn: 64512, id: "172.17.8.101" }, peers: [{ asn: 64512, ...document }] });
  return peers[0] as PeerConfig;
}

export function negotiated(overrides: Partial<Negotiated> = {}): Negotiated {
  const ours = [{ kind: "multiprotocol", family: { afi: 1, safi: 1 } }, { kind: "route-refresh" }] as const;
  return {
    remoteAs: 64512,
    remoteRouterId: 0xac110866,
    liveness: { holdMs: 90_000, keepaliveMs: 30_000 },
    families: ["ipv4"],
    codec: { ...INITIAL_CONTEXT, fourOctetAs: true },
    routeRefresh: true,
    enhancedRouteRefresh: false,
    addPath: new Map(),
    restart: NO_RESTART,
    ours,
    theirs: [...ours, { kind: "unknown", code: 200, value: Uint8Array.of(1, 0xff) }],
    theirOpen: { kind: "open", version: 4, asn: 64512, holdTimeSec: 90, routerId: 0xac110866, capabilities: [] },
    ...overrides,
  };
}

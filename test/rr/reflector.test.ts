/**
 * One table, three groups: clients, non-clients, external peers. Every peer hears what RFC 4456 grants it, as bytes.
 *
 *   client 1, 2 ──┐             ┌── external 5, 6 (AS 65005)
 *                 ├── AS 65001 ─┤
 *   non-client 3, 4             └── this machine, 0
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { NO_RESTART } from "../../src/bgp/session/restart-agreement.ts";
import type { IpAddress } from "../../src/ip/address.ts";
import { parsePrefix, type Prefix } from "../../src/ip/prefix.ts";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import type { PrefixId, SourceId } from "../../src/bgp/rib/ids.ts";
import { PrefixTable } from "../../src/bgp/rib/prefix-table.ts";
import { exportAttributes } from "../../src/rr/export-attributes.ts";
import { codecOf, exportIdentity } from "../../src/rr/export-identity.ts";
import type { CameFrom, Listener } from "../../src/rr/reflect.ts";
import { TransmitBuffer } from "../../src/rr/transmit-buffer.ts";
import type { Told } from "../../src/rr/tell.ts";
import { UpdateGroup } from "../../src/rr/update-group.ts";
import { Client } from "./group-world.ts";

const LOCAL_AS = 65001;
const REMOTE_AS = 65005;
const CLUSTER = 99;
const ROLES: readonly CameFrom[] = ["local", "client", "client", "non-client", "non-client", "external", "external"];
const PEERS = [1, 2, 3, 4, 5, 6] as SourceId[];
const LISTENERS: readonly Listener[] = ["client", "non-client", "external"];
const US = "10.0.0.254" as IpAddress;

interface Best {
  readonly owner: SourceId;
  readonly attributes: PathAttributes;
}

/** Paths as each source would bring them. */
const PATHS: readonly (readonly PathAttributes[])[] = ROLES.map((role, source) =>
  [1, 2].map((med) => ({
    origin: "igp",
    asPath: role === "external" ? [{ kind: "sequence", asns: [65000 + source] }] : [],
    med,
    ...(role === "external" ? {} : { localPref: 200 }),
    ...(role === "local" ? {} : { nextHop: { address: `10.0.0.${source}` as IpAddress } }),
  })),
);

function roleOf(source: SourceId): CameFrom {
  return ROLES[source] ?? expect.fail("a source has a role");
}

class Reflector {
  readonly #prefixes = new PrefixTable();
  readonly #best = new Map<PrefixId, Best>();
  readonly #groups = new Map<Listener, UpdateGroup>(LISTENERS.map((listener) => [listener, this.#groupOf(listener)]));
  readonly #clients = new Map<SourceId, Client>();

  join(peer: SourceId): void {
    const group = this.#group(peer);
    this.#clients.set(peer, new Client({ ...codecOf(group.identity) }));
    group.join(peer);
  }

  change(number: number, best: Best | undefined): void {
    const prefix = this.#prefixes.internPrefix(parsePrefix(`192.168.${number}.0/26`) as Prefix);
    this.#prefixes.retain(prefix);
    const before = [...this.#groups.values()].map((group) => this.#told(prefix, group));
    if (best) this.#best.set(prefix, best);
    else this.#best.delete(prefix);
    for (const [index, group] of [...this.#groups.values()].entries()) group.changed(prefix, before[index], this.#told(prefix, group));
  }

  /** Everybody hears everything. */
  settle(): void {
    for (const group of this.#groups.values()) group.flush();
    for (const [peer, client] of this.#clients) {
      for (let left = "some"; left === "some"; ) {
        const buffer = new TransmitBuffer(100);
        left = this.#group(peer).take(peer, buffer);
        client.hear(buffer.pieces);
      }
    }
  }

  get held(): readonly (readonly [SourceId, ReadonlyMap<Prefix, PathAttributes>])[] {
    return [...this.#clients].map(([peer, client]) => [peer, client.holds]);
  }

  get best(): readonly (readonly [Prefix, Best])[] {
    return [...this.#best].map(([prefix, best]) => [this.#prefixes.prefix(prefix), best]);
  }

  #group(peer: SourceId): UpdateGroup {
    return this.#groups.get(roleOf(peer) as Listener) ?? expect.fail("every listener has a group");
  }

  #groupOf(listener: Listener): UpdateGroup {
    const codec: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: listener !== "external" };
    const settings = { localAs: LOCAL_AS, clusterId: CLUSTER, reflectorClient: listener === "client", nextHop: "auto", self: { address: US }, role: undefined, draining: "no", addPathSend: "all" } as const;
    const policy = { name: "accept-all", version: 0 };
    const identity = exportIdentity("ipv4", { ...settings, policy }, { remoteAs: codec.internal ? LOCAL_AS : REMOTE_AS, restart: NO_RESTART, codec });
    const group: UpdateGroup = new UpdateGroup(identity, this.#prefixes, {
      told: (prefix: PrefixId) => this.#told(prefix, group),
      walk: (_from, _most, visit) => {
        for (const prefix of this.#best.keys()) {
          const told = this.#told(prefix, group);
          if (told) visit(prefix, told);
        }
        return undefined;
      },
      isBehind: () => true,
    });
    return group;
  }

  #told(prefix: PrefixId, { identity }: UpdateGroup): Told | undefined {
    const best = this.#best.get(prefix);
    const attributes = best && exportAttributes(best.attributes, { kind: roleOf(best.owner), routerId: best.owner }, identity);
    return best && typeof attributes === "object" ? { owner: best.owner, attributes } : undefined;
  }
}

/** RFC 4456 §6 in its own words, and what a path must look like to that listener. */
function granted(peer: SourceId, { owner, attributes }: Best): object | undefined {
  const [from, to] = [roleOf(owner), roleOf(peer)];
  if (owner === peer || (from === "non-client" && to === "non-client")) return undefined;
  const path = attributes.asPath?.[0]?.asns ?? [];
  if (to === "external") {
    if (path.includes(REMOTE_AS)) return undefined;
    return { asPath: [{ kind: "sequence", asns: [LOCAL_AS, ...path] }], nextHop: { address: US }, ...(from === "local" ? { med: attributes.med } : {}) };
  }
  const marks = from === "client" || from === "non-client" ? { originatorId: owner, clusterList: [CLUSTER] } : {};
  const nextHop = from === "local" ? { address: US } : attributes.nextHop;
  return { med: attributes.med, localPref: attributes.localPref ?? 100, nextHop, ...marks };
}

const change = fc.record({
  number: fc.nat(5),
  best: fc.option(
    fc.tuple(fc.nat(6), fc.nat(1)).map(([owner, which]): Best => ({ owner: owner as SourceId, attributes: PATHS[owner]?.[which] ?? {} })),
    { nil: undefined, freq: 5 },
  ),
});

test("every peer holds exactly what RFC 4456 grants it, looking as it must [5.7-reflection, 5.7-marks]", () => {
  let grants = 0;
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 6 }), { size: "max", maxLength: 12 }), (turns) => {
      const reflector = new Reflector();
      for (const [turn, changes] of turns.entries()) {
        const joins = PEERS[turn];
        if (joins) reflector.join(joins);
        for (const { number, best } of changes) reflector.change(number, best);
        reflector.settle();
        for (const [peer, holds] of reflector.held) {
          const wanted = reflector.best.flatMap(([prefix, best]) => {
            const attributes = granted(peer, best);
            return attributes ? [[prefix, attributes] as const] : [];
          });
          expect([...holds.keys()].sort()).toEqual(wanted.map(([prefix]) => prefix).sort());
          for (const [prefix, attributes] of wanted) expect(holds.get(prefix)).toMatchObject(attributes);
          grants += wanted.length;
        }
      }
    }),
    { numRuns: 150 },
  );
  expect(grants).toBeGreaterThan(3000);
});

/** A group that hears the best path to each prefix, between two decisions. */

import { expect, test } from "vitest";
import type { IpAddress } from "../../../src/ip/address.ts";
import { NO_RESTART } from "../../../src/bgp/session/restart-agreement.ts";
import { ACCEPT_ALL } from "../../../src/bgp/policy/policy.ts";
import type { SourceId } from "../../../src/bgp/rib/ids.ts";
import { type CodecContext, INITIAL_CONTEXT } from "../../../src/bgp/wire/context.ts";
import { exportIdentity } from "../../../src/rr/export-identity.ts";
import { TransmitBuffer } from "../../../src/rr/transmit-buffer.ts";
import { BestGroup } from "../../../src/speaker/outbound/export-group.ts";
import { Exporter } from "../../../src/speaker/outbound/exporter.ts";
import { RuleHits } from "../../../src/speaker/tables/rule-hits.ts";
import { SourceChanges } from "../../../src/speaker/tables/source-changes.ts";
import { Verdicts } from "../../../src/speaker/tables/verdicts.ts";
import { PREFIX, RibKit, internal, via } from "../../rib/kit.ts";
import { Client } from "../../rr/group-world.ts";

const CODEC: CodecContext = { ...INITIAL_CONTEXT, fourOctetAs: true, internal: true };
const LISTENER = 50 as SourceId;

test("who joins after a path was taken back, and before it is told again in the same turn, has it", () => {
  const kit = new RibKit();
  const settings = { localAs: 64512, clusterId: 1, reflectorClient: true, nextHop: "auto", self: { address: "10.0.0.9" as IpAddress }, policy: { name: "accept-all", version: 0 }, role: undefined, draining: "no", addPathSend: "all" } as const;
  const identity = exportIdentity("ipv4", settings, { remoteAs: 64512, restart: NO_RESTART, codec: CODEC });
  const tables = { prefixes: kit.prefixes, attributes: kit.attributes, sources: kit.sources, rib: kit.rib, verdicts: new Verdicts(), hits: new RuleHits(), sourceChanges: new SourceChanges() };
  const group = new BestGroup(new Exporter(identity, ACCEPT_ALL, tables, () => ({ path: { kind: "client", routerId: 7 }, policy: "internal", interface: "", key: 0 })), tables);
  const source = kit.sources.add(internal("10.0.0.1"));
  const attributes = via("10.0.0.1");
  kit.learn(source, attributes);
  group.changed(kit.rib.decide());
  kit.forget(source);
  const client = new Client(CODEC);
  group.updates.join(LISTENER);
  kit.learn(source, attributes);
  group.changed(kit.rib.decide());
  group.updates.flush();
  const buffer = new TransmitBuffer(10_000);
  group.updates.take(LISTENER, buffer);
  client.hear(buffer.pieces);
  expect([...client.holds.keys()]).toEqual([PREFIX]);
});

/**
 * What one changed Node costs in a mesh of a thousand: its value parsed, everything compiled again, both configurations compared.
 */

import { bench, describe } from "vitest";
import { compile } from "../../src/calico/compile.ts";
import { resourceKey } from "../../src/calico/keys.ts";
import { ResourceTable } from "../../src/calico/resource-table.ts";
import type { Environment } from "../../src/calico/vocabulary.ts";
import type { SpeakerConfig } from "../../src/speaker/config/config.ts";
import { diffConfig } from "../../src/speaker/config/diff.ts";

const NODES = 1_000;
const ENVIRONMENT: Environment = { routerId: undefined, advertiseClusterIps: undefined, podCidrs: "ignore", secret: () => ({ kind: "unreadable", why: "no file" }), sha256: () => new Uint8Array(32), workloads: [] };

function nodeValue(number: number, rack: string): string {
  const spec = { addresses: [{ address: `10.0.${number >> 8}.${number & 255}` }], bgp: { ipv4Address: `10.0.${number >> 8}.${number & 255}/16` }, orchRefs: [{ nodeName: `node-${number}`, orchestrator: "k8s" }] };
  return JSON.stringify({ kind: "Node", apiVersion: "projectcalico.org/v3", metadata: { name: `node-${number}`, labels: { rack, "kubernetes.io/os": "linux" } }, spec, status: {} });
}

function clusterOf(peering: object): ResourceTable {
  const table = new ResourceTable();
  for (let number = 1; number <= NODES; number++) table.put(resourceKey("Node", `node-${number}`), nodeValue(number, `r${number % 40}`));
  for (let pool = 0; pool < 8; pool++) table.put(resourceKey("IPPool", `pool-${pool}`), JSON.stringify({ spec: { cidr: `192.168.${pool * 32}.0/19` } }));
  for (let block = 0; block < 5; block++) table.put(`/calico/ipam/v2/host/node-1/ipv4/block/192.168.0.${block * 32}-27`, '{"state":"confirmed"}');
  table.put(resourceKey("BGPPeer", "racks"), JSON.stringify({ spec: peering }));
  return table;
}

function configOf(table: ResourceTable): SpeakerConfig {
  const compiled = compile(table.resources(), "node-1", ENVIRONMENT);
  if (compiled.kind === "incomplete") throw new Error(compiled.reason);
  return compiled.speaker;
}

describe(`one changed Node of ${NODES}`, () => {
  const table = clusterOf({ nodeSelector: "rack == 'r1'", peerIP: "10.9.9.9", asNumber: 65001 });
  let before = configOf(table);
  let turn = 0;

  bench("in a mesh: parse, compile, compare", () => {
    table.put(resourceKey("Node", "node-500"), nodeValue(500, `r${turn++}`));
    const after = configOf(table);
    diffConfig(before, after);
    before = after;
  });

  const again = configOf(table);
  bench("in a mesh: compare only", () => void diffConfig(before, again));

  const reflected = clusterOf({ nodeSelector: "all()", peerSelector: "rack in {'r1', 'r2'}" });
  reflected.put(resourceKey("BGPConfiguration", "default"), JSON.stringify({ spec: { nodeToNodeMeshEnabled: false } }));
  bench("with peers by selector: parse, compile", () => {
    reflected.put(resourceKey("Node", "node-500"), nodeValue(500, `r${turn++}`));
    configOf(reflected);
  });
});

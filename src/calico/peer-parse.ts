/**
 * BGPPeer and BGPFilter as they stand in the datastore -> resources.
 * Pure. Both say who may hear and tell what: one that is at fault anywhere is no resource, because half a rule lets through
 * what the whole one would not.
 */

import { type IpAddress, parseAddress, versionOf } from "../ip/address.ts";
import { prefixVersion } from "../ip/prefix.ts";
import { type ConfigFault, type Shape, type ValueOf, defaulted, fault, flag, integer, list, oneOf, optional, parsed, required } from "../speaker/config/schema.ts";
import type { BgpFilter, BgpPeer, FilterMatch, FilterOperation, FilterRule, LocalSide, RemoteSide } from "./resources.ts";
import { type Selector, parseSelector } from "./selector.ts";
import { asNumber, cidr, communityValue, durationSec, interfacePattern, loose, nonEmpty } from "./shapes.ts";

export const secretShape = loose({
  secretKeyRef: required(loose({ name: required(nonEmpty, "the secret's name"), key: required(nonEmpty, "the key in the secret") }), "where the password is"),
});

interface PeerIp {
  readonly address: IpAddress;
  readonly port: number | undefined;
}

/** "10.0.0.1", "10.0.0.1:1790", "fd00::1", "[fd00::1]:1790". */
const peerIp: Shape<PeerIp | ""> = parsed((input) => {
  if (input === "") return "";
  const [, v6, v4, digits] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(input) ?? [];
  const found = parseAddress(v6 ?? v4 ?? input);
  const port = digits === undefined ? undefined : Number(digits);
  if (!found || port === 0 || (port ?? 1) > 65535 || (v6 !== undefined && versionOf(found) === 4)) return undefined;
  return { address: found, port };
}, 'an address, with or without a port ("10.0.0.1:1790", "[fd00::1]:1790")');

const selector: Shape<Selector | ""> = {
  schema: {},
  read(input, path, faults) {
    if (input === "") return "";
    const answer = typeof input === "string" ? parseSelector(input) : { kind: "fault" as const, at: 0, expected: "a text" };
    return answer.kind === "selector" ? answer.selector : fault(faults, path, input, `a selector: at character ${answer.at + 1} ${answer.expected}`);
  },
};

const gateway: Shape<IpAddress | ""> = parsed((input) => (input === "" ? "" : parseAddress(input)), "an IP address");

const enumeration = <const Choice extends string>(choices: readonly Choice[], fallback: NoInfer<Choice>) => defaulted(parsed((input) => (input === "" ? fallback : choices.find((choice) => choice === input)), choices.join(", ")), fallback, "");

const peerShape = loose({
  node: defaulted(parsed((input) => input, "a text"), "", "a node's name"),
  nodeSelector: defaulted(selector, "", "which nodes"),
  peerIP: defaulted(peerIp, "", "the peer's address"),
  asNumber: defaulted(asNumber, 0, "the peer's AS number"),
  peerSelector: defaulted(selector, "", "which nodes are the peers"),
  localWorkloadSelector: defaulted(selector, "", "which workloads are the peers"),
  localASNumber: defaulted(asNumber, 0, "our AS number here"),
  sourceAddress: enumeration(["UseNodeIP", "None"], "UseNodeIP"),
  password: optional(secretShape, "the password"),
  maxRestartTime: optional(durationSec, "how long routes are kept"),
  keepaliveTime: optional(durationSec, "between two KEEPALIVEs"),
  numAllowedLocalASNumbers: defaulted(integer(0, 0x7fffffff), 0, "how often our own AS may stand in a path"),
  ttlSecurity: defaulted(integer(0, 255), 0, "hops"),
  reachableBy: defaulted(gateway, "", "the gateway to the peer"),
  nextHopMode: optional(oneOf(["Auto", "Self", "Keep"]), "the next hop"),
  keepOriginalNextHop: defaulted(flag, false, "deprecated"),
  filters: defaulted(list(nonEmpty), [], "names of BGPFilters"),
  reversePeering: enumeration(["Auto", "Manual"], "Auto"),
});

type WrittenPeer = ValueOf<typeof peerShape>;

export function parsePeer(name: string, spec: unknown, faults: ConfigFault[]): BgpPeer | undefined {
  const written = peerShape.read(spec ?? {}, "spec", faults);
  if (!written) return undefined;
  const remote = remoteSide(written, faults);
  const { reachableBy, peerIP } = written;
  if (reachableBy !== "" && peerIP !== "" && versionOf(reachableBy) !== versionOf(peerIP.address)) fault(faults, "spec.reachableBy", reachableBy, `an address of the family of ${peerIP.address}`);
  if (!remote || faults.length > 0) return undefined;
  return {
    name,
    local: localSide(written),
    remote,
    localAsNumber: written.localASNumber || undefined,
    password: written.password?.secretKeyRef,
    sourceAddress: written.sourceAddress,
    maxRestartSec: written.maxRestartTime,
    keepaliveSec: written.keepaliveTime || undefined,
    numAllowedLocalAsNumbers: written.numAllowedLocalASNumbers,
    ttlSecurity: written.ttlSecurity,
    reachableBy: reachableBy || undefined,
    nextHopMode: written.nextHopMode ?? (written.keepOriginalNextHop ? "legacy-keep" : "Auto"),
    filters: written.filters,
    reversePeering: written.reversePeering,
  };
}

function localSide({ node, nodeSelector }: WrittenPeer): LocalSide {
  if (nodeSelector !== "") return { kind: "nodes", selector: nodeSelector };
  return node === "" ? { kind: "all" } : { kind: "node", name: node };
}

function remoteSide(written: WrittenPeer, faults: ConfigFault[]): RemoteSide | undefined {
  const { localWorkloadSelector, peerSelector, peerIP, asNumber } = written;
  if (localWorkloadSelector !== "" && asNumber !== 0) return { kind: "local-workloads", asNumber };
  if (localWorkloadSelector === "" && peerSelector !== "") return { kind: "nodes", selector: peerSelector };
  if (localWorkloadSelector !== "" || (peerIP !== "" && asNumber === 0)) return fault(faults, "spec.asNumber", undefined, "the peer's AS number");
  return peerIP === "" ? fault(faults, "spec.peerIP", undefined, "peerIP, peerSelector or localWorkloadSelector") : { kind: "address", ...peerIP, asNumber };
}

const priority = integer(1, 2147483646);

const operationShape = loose({
  addCommunity: optional(loose({ value: required(communityValue, "a community") }), "add a community"),
  prependASPath: optional(loose({ prefix: required(list(asNumber), "AS numbers") }), "prepend AS numbers"),
  setPriority: optional(loose({ value: required(priority, "a priority") }), "set the priority"),
});

const operation: Shape<FilterOperation> = {
  schema: {},
  read(input, path, faults) {
    const { addCommunity, prependASPath, setPriority } = operationShape.read(input, path, faults) ?? {};
    if ([addCommunity, prependASPath, setPriority].filter((given) => given !== undefined).length !== 1) return fault(faults, path, input, "exactly one of addCommunity, prependASPath, setPriority");
    if (addCommunity) return { kind: "add-community", value: addCommunity.value };
    if (prependASPath) return { kind: "prepend-as-path", prefix: prependASPath.prefix };
    return setPriority && { kind: "set-priority", value: setPriority.value };
  },
};

const ruleShape = loose({
  action: required(oneOf(["Accept", "Reject"]), "Accept or Reject"),
  cidr: optional(cidr, "a CIDR"),
  matchOperator: optional(oneOf(["Equal", "NotEqual", "In", "NotIn"]), "an operator"),
  prefixLength: optional(loose({ min: optional(integer(0, 128), "shortest"), max: optional(integer(0, 128), "longest") }), "lengths"),
  source: optional(oneOf(["RemotePeers"]), "a source"),
  interface: optional(interfacePattern, "an interface"),
  peerType: optional(oneOf(["eBGP", "iBGP"]), "a kind of peer"),
  communities: optional(loose({ values: defaulted(list(communityValue), [], "communities") }), "communities"),
  asPathPrefix: defaulted(list(asNumber), [], "the beginning of AS_PATH"),
  priority: optional(priority, "a priority"),
  operations: defaulted(list(operation), [], "what is changed"),
});

function rule(version: 4 | 6): Shape<FilterRule> {
  return {
    schema: {},
    read(input, path, faults) {
      const written = ruleShape.read(input, path, faults);
      if (!written) return undefined;
      const { action, source, peerType, communities, asPathPrefix, operations } = written;
      return {
        action, source, peerType, asPathPrefix, operations,
        match: matchOf(written, version, path, faults),
        interface: written.interface,
        communities: communities?.values ?? [],
        priority: written.priority,
      };
    },
  };
}

function matchOf({ cidr: within, matchOperator: operator, prefixLength: lengths }: ValueOf<typeof ruleShape>, version: 4 | 6, path: string, faults: ConfigFault[]): FilterMatch | undefined {
  if (!within && !operator && !lengths) return undefined;
  if (!within || !operator) return fault(faults, path, { within, operator }, "cidr and matchOperator, both or neither, and prefixLength only with them");
  if (prefixVersion(within) !== version) return fault(faults, `${path}.cidr`, within, `an IPv${version} CIDR`);
  return { cidr: within, operator, prefixLength: lengths && { min: lengths.min, max: lengths.max } };
}

const filterShape = loose({
  importV4: defaulted(list(rule(4)), [], "IPv4 in"),
  importV6: defaulted(list(rule(6)), [], "IPv6 in"),
  exportV4: defaulted(list(rule(4)), [], "IPv4 out"),
  exportV6: defaulted(list(rule(6)), [], "IPv6 out"),
});

export function parseFilter(name: string, spec: unknown, faults: ConfigFault[]): BgpFilter | undefined {
  const written = filterShape.read(spec ?? {}, "spec", faults);
  return written && faults.length === 0 ? { name, ...written } : undefined;
}


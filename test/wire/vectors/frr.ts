/**
 * Messages recorded from FRR 8.4.4 bgpd: sender 192.0.2.1 (2001:db8:1::1), AS 65000, towards a two-octet peer AS 4200000001.
 * README.md beside this file says how.
 */

import type { CodecContext, Family } from "../../../src/bgp/wire/context.ts";
import {
  ADD_PATH, FOUR_OCTET, INTERNAL, MARKER, type Vector, announces, endsRib, notifies, path, recorded, routes, sequence, withdraws,
} from "./vector.ts";

const IPV6_HOP: Partial<CodecContext> = { ...FOUR_OCTET, extendedNextHop: new Set<Family>(["ipv4"]) };

export const FRR: readonly Vector[] = recorded("frr 8.4.4", [
  {
    name: "OPEN with a parameter around each capability, one of them Cisco's", rfc: "RFC 5492",
    hex: `${MARKER} 0084 01  04 fde8 00b4 c0000201 67
      02 06 01 04 0001 0001  02 06 01 04 0002 0001  # multiprotocol ×2
      02 02 80 00  02 02 02 00  02 02 46 00  # route refresh, Cisco's, route refresh, enhanced refresh
      02 06 41 04 0000fde8  02 02 06 00  02 03 09 01 00  # four-octet AS, extended message, role
      02 0a 45 08 00010103 00020103  02 0c 49 0a 08 6672722d686f7374 00  # add-path, hostname
      02 0c 40 0a c0f0 00010100 00020100  02 10 47 0e 00010180001c20 00020180001c20  # graceful restart, LLGR`,
    expect: {
      kind: "open",
      version: 4,
      asn: 65000,
      holdTimeSec: 180,
      routerId: 0xc0000201,
      capabilities: [
        { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
        { kind: "multiprotocol", family: { afi: 2, safi: 1 } },
        { kind: "unknown", code: 128, value: "" },
        { kind: "route-refresh" },
        { kind: "enhanced-route-refresh" },
        { kind: "four-octet-as", asn: 65000 },
        { kind: "extended-message" },
        { kind: "role", role: "provider" },
        { kind: "add-path", entries: [1, 2].map((afi) => ({ afi, safi: 1, mode: "both" })) },
        { kind: "hostname", host: "frr-host", domain: "" },
        {
          kind: "graceful-restart",
          restarting: true,
          notification: true,
          restartTimeSec: 240,
          entries: [1, 2].map((afi) => ({ afi, safi: 1, forwarding: false })),
        },
        {
          kind: "long-lived-graceful-restart",
          entries: [1, 2].map((afi) => ({ afi, safi: 1, forwarding: true, staleTimeSec: 7200 })),
        },
      ],
    },
  },
  {
    name: "OPEN that takes IPv6 next hops for IPv4", rfc: "RFC 8950 §4",
    hex: `${MARKER} 0089 01  04 fde8 00b4 c0000201 6c
      02 06 01 04 0001 0001  02 08 05 06 000100010002  # multiprotocol, extended next hop
      02 06 01 04 0002 0001  02 02 80 00  02 02 02 00  # multiprotocol, route refresh, Cisco's, route refresh
      02 02 46 00  02 06 41 04 0000fde8  02 02 06 00  # enhanced refresh, four-octet AS, extended message
      02 0a 45 08 00010101 00020101  02 0c 49 0a 08 6672722d686f7374 00  # add-path, hostname
      02 0c 40 0a c0f0 00010100 00020100  02 10 47 0e 00010180001c20 00020180001c20  # graceful restart, LLGR`,
    expect: {
      kind: "open",
      capabilities: [
        { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
        { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
        { kind: "multiprotocol", family: { afi: 2, safi: 1 } },
        { kind: "unknown", code: 128, value: "" },
        { kind: "route-refresh" },
        { kind: "enhanced-route-refresh" },
        { kind: "four-octet-as", asn: 65000 },
        { kind: "extended-message" },
        { kind: "add-path", entries: [1, 2].map((afi) => ({ afi, safi: 1, mode: "receive" })) },
        { kind: "hostname", host: "frr-host" },
        { kind: "graceful-restart", restarting: true, notification: true, restartTimeSec: 240 },
        { kind: "long-lived-graceful-restart" },
      ],
    },
  },
  {
    name: "IPv4 with a path id, AS_PATH with a long length though short", rfc: "RFC 7911 §3, RFC 4271 §4.3", context: ADD_PATH,
    hex: `${MARKER} 0041 02  0000  0023
      40 01 01 01  50 02 0006 02 01 0000fde8  40 03 04 c0000201  80 04 04 00000000  # ORIGIN, AS_PATH, NEXT_HOP, MED
      c0 23 04 0000fde8  00000003 10 0a02  # OTC, NLRI`,
    expect: announces([path(3, "10.2.0.0/16")], {
      origin: "egp",
      asPath: sequence(65000),
      nextHop: { address: "192.0.2.1" },
      med: 0,
      otc: 65000,
    }),
  },
  {
    name: "IPv6 on a session over IPv4: an IPv4 address mapped into the next hop, path id 0",
    rfc: "RFC 4760 §3", context: ADD_PATH,
    hex: `${MARKER} 005e 02  0000  0047
      90 0e 0020 0002 01 10 00000000000000000000ffffc0000201 00  00000000 30 20010db80065  # MP_REACH
      40 01 01 00  50 02 0006 02 01 0000fde8  80 04 04 00000000  # ORIGIN, AS_PATH, MED
      c0 08 04 fde80006  c0 23 04 0000fde8  # COMMUNITIES, OTC`,
    expect: announces([path(0, "2001:db8:65::/48")], {
      origin: "igp",
      asPath: sequence(65000),
      nextHop: { address: "::ffff:192.0.2.1" },
      med: 0,
      communities: [0xfde80006],
      otc: 65000,
    }),
  },
  {
    name: "IPv4 withdrawn by path id", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 0020 02  0009  00000004 1a 0a030000  0000  # withdrawn`, expect: withdraws([path(4, "10.3.0.0/26")]),
  },
  {
    name: "End-of-RIB of IPv4", rfc: "RFC 4724 §2", context: ADD_PATH,
    hex: `${MARKER} 0017 02  0000  0000`, expect: endsRib("ipv4"),
  },
  {
    name: "End-of-RIB of IPv6", rfc: "RFC 4724 §2", context: ADD_PATH,
    hex: `${MARKER} 001d 02  0000  0006
      80 0f 03 0002 01  # MP_UNREACH`,
    expect: endsRib("ipv6"),
  },
  {
    name: "ROUTE-REFRESH asks for IPv4 again", rfc: "RFC 2918 §3",
    hex: `${MARKER} 0017 05  0001 00 01`, expect: { kind: "route-refresh", family: { afi: 1, safi: 1 }, subtype: "request" },
  },
  {
    name: "ROUTE-REFRESH begins a resend", rfc: "RFC 7313 §3.2",
    hex: `${MARKER} 0017 05  0001 01 01`, expect: { kind: "route-refresh", family: { afi: 1, safi: 1 }, subtype: "begin" },
  },
  {
    name: "ROUTE-REFRESH ends a resend", rfc: "RFC 7313 §3.2",
    hex: `${MARKER} 0017 05  0001 02 01`, expect: { kind: "route-refresh", family: { afi: 1, safi: 1 }, subtype: "end" },
  },
  { name: "KEEPALIVE", rfc: "RFC 4271 §4.4", hex: `${MARKER} 0013 04`, expect: { kind: "keepalive" } },
  {
    name: "to a two-octet peer: AS4_PATH and AS4_AGGREGATOR", rfc: "RFC 6793 §4.2.3",
    hex: `${MARKER} 005e 02  0000  0044
      40 01 01 00  50 02 0008 02 03 5ba0 5ba0 fde7  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      80 04 04 00000000  c0 07 06 5ba0 0a090909  # MED, AGGREGATOR
      d0 11 000e 02 03 fa56ea01 fa56ea63 0000fde7  c0 12 08 1908b107 0a090909  # AS4_PATH, AS4_AGGREGATOR
      10 0a07  # NLRI`,
    expect: announces(routes("10.7.0.0/16"), {
      origin: "igp",
      asPath: sequence(4200000001, 4200000099, 64999),
      nextHop: { address: "192.0.2.1" },
      med: 0,
      aggregator: { asn: 420000007, address: "10.9.9.9" },
    }),
  },
  {
    name: "the default route", rfc: "RFC 4271 §4.3", context: INTERNAL,
    hex: `${MARKER} 0035 02  0000  001d
      40 01 01 00  50 02 0000  40 03 04 c0000201  80 04 04 00000000  # ORIGIN, AS_PATH, NEXT_HOP, MED
      40 05 04 00000064  00  # LOCAL_PREF, NLRI`,
    expect: announces(routes("0.0.0.0/0"), {
      origin: "igp", asPath: [], nextHop: { address: "192.0.2.1" }, med: 0, localPref: 100,
    }),
  },
  {
    name: "IPv6 with global and link-local next hop", rfc: "RFC 2545 §3", context: INTERNAL,
    hex: `${MARKER} 0064 02  0000  004d
      90 0e 002c 0002 01 20 20010db8000100000000000000000001 fe80000000000000000000fffe000001 00  30  # MP_REACH
      20010db80065
      40 01 01 00  50 02 0000  80 04 04 00000000  40 05 04 00000064  # ORIGIN, AS_PATH, MED, LOCAL_PREF
      c0 08 04 fde80006  # COMMUNITIES`,
    expect: announces(routes("2001:db8:65::/48"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "2001:db8:1::1", linkLocal: "fe80::ff:fe00:1" },
      med: 0,
      localPref: 100,
      communities: [0xfde80006],
    }),
  },
  {
    name: "every attribute a route-map sets", rfc: "RFC 4271 §5, RFC 4360", context: INTERNAL,
    hex: `${MARKER} 008c 02  0000  0072
      40 01 01 00  50 02 000a 02 02 fa56ea63 0000fde7  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      80 04 04 0000004d  40 05 04 00000064  40 06 00  # MED, LOCAL_PREF, ATOMIC_AGGREGATE
      c0 07 08 0000fde8 0a090909  c0 08 08 fde80064 ffffff01  # AGGREGATOR, COMMUNITIES
      c0 20 0c fa56ea01 00000001 00000002  # LARGE COMMUNITIES
      c0 10 20 0002fde800000007 0004fde84b3ebc20 0102c00002010009 0003fde800000008  # EXTENDED COMMUNITIES
      10 0a01  # NLRI`,
    expect: announces(routes("10.1.0.0/16"), {
      origin: "igp",
      asPath: sequence(4200000099, 64999),
      nextHop: { address: "192.0.2.1" },
      med: 77,
      localPref: 100,
      atomicAggregate: true,
      aggregator: { asn: 65000, address: "10.9.9.9" },
      communities: [0xfde80064, 0xffffff01],
      largeCommunities: [{ global: 4200000001, local1: 1, local2: 2 }],
      extendedCommunities: [
        String(0x0002fde800000007n), // target 65000:7
        String(0x0004fde84b3ebc20n), // bandwidth 100 Mbit/s
        String(0x0102c00002010009n), // target 192.0.2.1:9
        String(0x0003fde800000008n), // origin 65000:8
      ],
    }),
  },
  {
    name: "reflected: communities before ORIGINATOR_ID, attributes out of order",
    rfc: "RFC 4456 §8, RFC 4271 §5", context: INTERNAL,
    hex: `${MARKER} 0078 02  0000  0058
      40 01 01 00  50 02 0000  40 03 04 c000020d  80 04 04 00000000  # ORIGIN, AS_PATH, NEXT_HOP, MED
      40 05 04 000000c8  c0 08 08 fde80064 fde800c8  # LOCAL_PREF, COMMUNITIES
      c0 20 0c 0000fde8 00000001 00000002  80 09 04 0a00000d  # LARGE COMMUNITIES, ORIGINATOR_ID
      80 0a 04 0aff0002  c0 10 10 0002fde800000007 4004fde8000f4240  # CLUSTER_LIST, EXTENDED COMMUNITIES
      18 0a4101  1a 0a410240  # NLRI`,
    expect: announces(routes("10.65.1.0/24", "10.65.2.64/26"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "192.0.2.13" },
      med: 0,
      localPref: 200,
      communities: [0xfde80064, 0xfde800c8],
      originatorId: 0x0a00000d,
      clusterList: [0x0aff0002],
      extendedCommunities: [String(0x0002fde800000007n), String(0x4004fde8000f4240n)],
      largeCommunities: [{ global: 65000, local1: 1, local2: 2 }],
    }),
  },
  {
    name: "reflected twice, with an attribute that some router on the way did not know",
    rfc: "RFC 4456 §8, RFC 4271 §5", context: INTERNAL,
    hex: `${MARKER} 005e 02  0000  0043
      40 01 01 00  50 02 0006 02 01 0000fe35  40 03 04 c000020d  80 04 04 0000002a  # ORIGIN, AS_PATH, NEXT_HOP, MED
      40 05 04 000000c8  80 09 04 0a000007  80 0a 08 0aff0002 0a070707  # LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST
      c0 23 04 0000fe35  e0 de 04 deadbeef  18 0a4303  # OTC, attribute 222, NLRI`,
    expect: announces(routes("10.67.3.0/24"), {
      origin: "igp",
      asPath: sequence(65077),
      nextHop: { address: "192.0.2.13" },
      med: 42,
      localPref: 200,
      originatorId: 0x0a000007,
      clusterList: [0x0aff0002, 0x0a070707],
      otc: 65077,
      unknown: [{ code: 222, flags: 0xe0, value: "deadbeef" }],
    }),
  },
  {
    name: "reflected IPv6", rfc: "RFC 4456 §8", context: INTERNAL,
    hex: `${MARKER} 0075 02  0000  005e
      90 0e 002f 0002 01 10 20010db8000100000000000000000013 00  40 20010db8000a0000  80  # MP_REACH
      20010db8000b00000000000000000001
      40 01 01 00  50 02 0000  80 04 04 00000000  40 05 04 000000c8  # ORIGIN, AS_PATH, MED, LOCAL_PREF
      c0 08 04 ffffff01  80 09 04 0a00000d  80 0a 04 0aff0002  # COMMUNITIES, ORIGINATOR_ID, CLUSTER_LIST`,
    expect: announces(routes("2001:db8:a::/64", "2001:db8:b::1/128"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "2001:db8:1::13" },
      med: 0,
      localPref: 200,
      communities: [0xffffff01],
      originatorId: 0x0a00000d,
      clusterList: [0x0aff0002],
    }),
  },
  {
    name: "aggregated by itself with an AS_SET, for a receiver that still takes them",
    rfc: "RFC 4271 §9.2.2.2", context: { ...INTERNAL, asSets: "accept" },
    hex: `${MARKER} 004e 02  0000  0034
      40 01 01 00  50 02 000c 02 01 0000fe35  01 01 0000fe36  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      80 04 04 00000000  40 05 04 00000064  c0 07 08 0000fde8 c0000201  10 0a32  # MED, LOCAL_PREF, AGGREGATOR, NLRI`,
    expect: announces(routes("10.50.0.0/16"), {
      origin: "igp",
      asPath: [{ kind: "sequence", asns: [65077] }, { kind: "set", asns: [65078] }],
      nextHop: { address: "192.0.2.1" },
      med: 0,
      localPref: 100,
      aggregator: { asn: 65000, address: "192.0.2.1" },
    }),
  },
  {
    name: "aggregated by itself with an AS_SET, for a receiver of today", rfc: "RFC 9774 §3", context: INTERNAL,
    hex: `${MARKER} 004e 02  0000  0034
      40 01 01 00  50 02 000c 02 01 0000fe35  01 01 0000fe36  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      80 04 04 00000000  40 05 04 00000064  c0 07 08 0000fde8 c0000201  10 0a32  # MED, LOCAL_PREF, AGGREGATOR, NLRI`,
    expect: { kind: "update", withdrawn: [routes("10.50.0.0/16")], announced: [] },
  },
  {
    name: "IPv4 withdrawn", rfc: "RFC 4271 §4.3", context: INTERNAL,
    hex: `${MARKER} 001a 02  0003  10 0a32  0000  # withdrawn`, expect: withdraws(routes("10.50.0.0/16")),
  },
  {
    name: "IPv6 withdrawn, two prefixes", rfc: "RFC 4760 §4", context: INTERNAL,
    hex: `${MARKER} 0038 02  0000  0021
      90 0f 001d 0002 01  40 20010db8000a0000  80 20010db8000b00000000000000000001  # MP_UNREACH`,
    expect: withdraws(routes("2001:db8:a::/64", "2001:db8:b::1/128")),
  },
  {
    name: "IPv4 over an IPv6 session: next hop with link-local", rfc: "RFC 8950 §3", context: IPV6_HOP,
    hex: `${MARKER} 0058 02  0000  0041
      90 0e 0028 0001 01 20 20010db8000100000000000000000001 fe80000000000000000000fffe000001 00  10 0a02  # MP_REACH
      40 01 01 01  50 02 0006 02 01 0000fde8  80 04 04 00000000  # ORIGIN, AS_PATH, MED`,
    expect: announces(routes("10.2.0.0/16"), {
      origin: "egp",
      asPath: sequence(65000),
      nextHop: { address: "2001:db8:1::1", linkLocal: "fe80::ff:fe00:1" },
      med: 0,
    }),
  },
  {
    name: "NOTIFICATION: marker is not all ones", rfc: "RFC 4271 §6.1",
    hex: `${MARKER} 0015 03  01 01`, expect: notifies(1, 1),
  },
  {
    name: "NOTIFICATION: message of 18 octets", rfc: "RFC 4271 §6.1",
    hex: `${MARKER} 0017 03  01 02 0012`, expect: notifies(1, 2, "0012"),
  },
  {
    name: "NOTIFICATION: message of type 9", rfc: "RFC 4271 §6.1",
    hex: `${MARKER} 0016 03  01 03 09`, expect: notifies(1, 3, "09"),
  },
  {
    name: "NOTIFICATION: it speaks version 4", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0017 03  02 01 0004`, expect: notifies(2, 1, "0004"),
  },
  {
    name: "NOTIFICATION: not the AS that was configured; as two octets", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0017 03  02 02 fe4b`, expect: notifies(2, 2, "fe4b"),
  },
  {
    name: "NOTIFICATION: router id 0, returned", rfc: "RFC 6286 §2.2",
    hex: `${MARKER} 0019 03  02 03 00000000`, expect: notifies(2, 3, "00000000"),
  },
  {
    name: "NOTIFICATION: an optional parameter of old, taken for authentication", rfc: "RFC 1771 §6.2",
    hex: `${MARKER} 0015 03  02 05`, expect: notifies(2, 5),
  },
  {
    name: "NOTIFICATION: hold time of two seconds, returned", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0017 03  02 06 0002`, expect: notifies(2, 6, "0002"),
  },
  {
    name: "NOTIFICATION: no family in common: this capability was missing", rfc: "RFC 5492 §5",
    hex: `${MARKER} 001b 03  02 07 010400020001`, expect: notifies(2, 7, "010400020001"),
  },
  {
    name: "NOTIFICATION: a role is required, in words of its own", rfc: "RFC 9234 §4.2",
    hex: `${MARKER} 0043 03
      02 0b 537472696374206d6f64652e20506c65617365207365742074686520726f6c65206f6e20796f757220736964652e`,
    expect: notifies(2, 11, "537472696374206d6f64652e20506c65617365207365742074686520726f6c65206f6e20796f757220736964652e"),
  },
  {
    name: "NOTIFICATION: attributes longer than their message", rfc: "RFC 4271 §6.3",
    hex: `${MARKER} 0015 03  03 01`, expect: notifies(3, 1),
  },
  { name: "NOTIFICATION: prefix of 33 bits", rfc: "RFC 4271 §6.3", hex: `${MARKER} 0015 03  03 0a`, expect: notifies(3, 10) },
  { name: "NOTIFICATION: hold timer expired", rfc: "RFC 4271 §6.5", hex: `${MARKER} 0015 03  04 00`, expect: notifies(4, 0) },
  {
    name: "NOTIFICATION: KEEPALIVE before OPEN", rfc: "RFC 6608 §3",
    hex: `${MARKER} 0015 03  05 01`, expect: notifies(5, 1),
  },
  {
    name: "NOTIFICATION: too many prefixes: family and limit", rfc: "RFC 4486 §4",
    hex: `${MARKER} 001c 03  06 01 00010100000002`, expect: notifies(6, 1, "00010100000002"),
  },
  {
    name: "NOTIFICATION: shut down by its operator, with a word in UTF-8", rfc: "RFC 9003 §2",
    hex: `${MARKER} 0028 03  06 02 1257617274756e672066c3bc72206865757465`,
    expect: notifies(6, 2, "1257617274756e672066c3bc72206865757465"),
  },
  {
    name: "NOTIFICATION: peer removed from its configuration", rfc: "RFC 4486 §4",
    hex: `${MARKER} 0015 03  06 03`, expect: notifies(6, 3),
  },
  {
    name: "NOTIFICATION: reset by its operator", rfc: "RFC 4486 §4",
    hex: `${MARKER} 0015 03  06 04`, expect: notifies(6, 4),
  },
  {
    name: "NOTIFICATION: this connection lost the collision", rfc: "RFC 4271 §6.8",
    hex: `${MARKER} 0015 03  06 07`, expect: notifies(6, 7),
  },
  {
    name: "NOTIFICATION: hard reset around a shutdown with its word", rfc: "RFC 8538 §3",
    hex: `${MARKER} 0026 03  06 09 06020e6861726420616e642066696e616c`,
    expect: notifies(6, 9, "06020e6861726420616e642066696e616c"),
  },
]);

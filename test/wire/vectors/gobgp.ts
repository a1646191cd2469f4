/**
 * Messages recorded from GoBGP 3.10.0: sender 192.0.2.1 (2001:db8:1::1), AS 65000, towards a two-octet peer AS 4200000001.
 * README.md beside this file says how.
 */

import {
  ADD_PATH, INTERNAL, MARKER, type Vector, announces, endsRib, notifies, path, recorded, routes, sequence, withdraws,
} from "./vector.ts";

export const GOBGP: readonly Vector[] = recorded("gobgp 3.10.0", [
  {
    name: "OPEN with everything it can do in one parameter", rfc: "RFC 5492",
    hex: `${MARKER} 006f 01  04 fde8 00b4 c0000201 52
      02 50 02 00  49 0c 0a 676f6267702d686f7374 00  01 04 0001 0001  # route refresh, hostname, multiprotocol
      01 04 0002 0001  41 04 0000fde8  40 0a 412c 00010100 00020100  # multiprotocol, four-octet AS, graceful restart
      47 0e 000101000186a0 000201000186a0  05 06 000100010002  # LLGR, extended next hop
      45 08 00010103 00020103  # add-path`,
    expect: {
      kind: "open",
      version: 4,
      asn: 65000,
      holdTimeSec: 180,
      routerId: 0xc0000201,
      capabilities: [
        { kind: "route-refresh" },
        { kind: "hostname", host: "gobgp-host", domain: "" },
        { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
        { kind: "multiprotocol", family: { afi: 2, safi: 1 } },
        { kind: "four-octet-as", asn: 65000 },
        {
          kind: "graceful-restart",
          restarting: false,
          notification: true,
          restartTimeSec: 300,
          entries: [1, 2].map((afi) => ({ afi, safi: 1, forwarding: false })),
        },
        {
          kind: "long-lived-graceful-restart",
          entries: [1, 2].map((afi) => ({ afi, safi: 1, forwarding: false, staleTimeSec: 100000 })),
        },
        { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
        { kind: "add-path", entries: [1, 2].map((afi) => ({ afi, safi: 1, mode: "both" })) },
      ],
    },
  },
  {
    name: "OPEN of an AS that takes four octets", rfc: "RFC 6793 §4.1",
    hex: `${MARKER} 0043 01  04 5ba0 005a c0000201 26
      02 24 02 00  49 0c 0a 676f6267702d686f7374 00  01 04 0001 0001  # route refresh, hostname, multiprotocol
      41 04 fa56ea01  05 06 000100010002  # four-octet AS, extended next hop`,
    expect: {
      kind: "open",
      asn: 4200000001,
      holdTimeSec: 90,
      capabilities: [
        { kind: "route-refresh" },
        { kind: "hostname", host: "gobgp-host", domain: "" },
        { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
        { kind: "four-octet-as", asn: 4200000001 },
        { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
      ],
    },
  },
  { name: "KEEPALIVE", rfc: "RFC 4271 §4.4", hex: `${MARKER} 0013 04`, expect: { kind: "keepalive" } },
  {
    name: "IPv4 with a path id, to be dropped by who gets it and not to be kept when stale",
    rfc: "RFC 7911 §3, RFC 7999, RFC 9494", context: ADD_PATH,
    hex: `${MARKER} 003f 02  0000  001f
      40 01 01 02  40 02 06 02 01 0000fde8  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      c0 08 08 ffff029a ffff0007  00000001 20 0a030009  # COMMUNITIES, NLRI`,
    expect: announces([path(1, "10.3.0.9/32")], {
      origin: "incomplete",
      asPath: sequence(65000),
      nextHop: { address: "192.0.2.1" },
      communities: [0xffff029a, 0xffff0007],
    }),
  },
  {
    name: "the default route with a path id", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 0030 02  0000  0014
      40 01 01 02  40 02 06 02 01 0000fde8  40 03 04 c0000201  00000001 00  # ORIGIN, AS_PATH, NEXT_HOP, NLRI`,
    expect: announces([path(1, "0.0.0.0/0")], {
      origin: "incomplete", asPath: sequence(65000), nextHop: { address: "192.0.2.1" },
    }),
  },
  {
    name: "communities of all three sizes", rfc: "RFC 1997, RFC 4360, RFC 8092", context: ADD_PATH,
    hex: `${MARKER} 005e 02  0000  0040
      40 01 01 00  40 02 06 02 01 0000fde8  40 03 04 c0000201  80 04 04 0000004d  # ORIGIN, AS_PATH, NEXT_HOP, MED
      c0 08 08 fde80064 ffffff01  c0 10 08 0002fde800000007  # COMMUNITIES, EXTENDED COMMUNITIES
      c0 20 0c fa56ea01 00000001 00000002  00000001 10 0a01  # LARGE COMMUNITIES, NLRI`,
    expect: announces([path(1, "10.1.0.0/16")], {
      origin: "igp",
      asPath: sequence(65000),
      nextHop: { address: "192.0.2.1" },
      med: 77,
      communities: [0xfde80064, 0xffffff01],
      extendedCommunities: [String(0x0002fde800000007n)],
      largeCommunities: [{ global: 4200000001, local1: 1, local2: 2 }],
    }),
  },
  {
    name: "an AS_SET after a sequence, for a receiver that still takes them; AGGREGATOR before NEXT_HOP",
    rfc: "RFC 4271 §4.3", context: { ...ADD_PATH, asSets: "accept" },
    hex: `${MARKER} 004f 02  0000  0031
      40 01 01 01  # ORIGIN
      40 02 18 02 03 0000fde8 fa56ea63 0000fde7  01 02 0000ffdd 00011170  # AS_PATH
      c0 07 08 fa56ea4d 0a090909  40 03 04 c0000201  00000001 10 0a02  # AGGREGATOR, NEXT_HOP, NLRI`,
    expect: announces([path(1, "10.2.0.0/16")], {
      origin: "egp",
      asPath: [{ kind: "sequence", asns: [65000, 4200000099, 64999] }, { kind: "set", asns: [65501, 70000] }],
      nextHop: { address: "192.0.2.1" },
      aggregator: { asn: 4200000077, address: "10.9.9.9" },
    }),
  },
  {
    name: "an AS_SET after a sequence, for a receiver of today", rfc: "RFC 9774 §3", context: ADD_PATH,
    hex: `${MARKER} 004f 02  0000  0031
      40 01 01 01  # ORIGIN
      40 02 18 02 03 0000fde8 fa56ea63 0000fde7  01 02 0000ffdd 00011170  # AS_PATH
      c0 07 08 fa56ea4d 0a090909  40 03 04 c0000201  00000001 10 0a02  # AGGREGATOR, NEXT_HOP, NLRI`,
    expect: { kind: "update", withdrawn: [[path(1, "10.2.0.0/16")]], announced: [] },
  },
  {
    name: "IPv6 with a path id, MP_REACH_NLRI last", rfc: "RFC 4760 §3", context: ADD_PATH,
    hex: `${MARKER} 004e 02  0000  0037
      40 01 01 02  40 02 06 02 01 0000fde8  c0 08 04 fde80006  # ORIGIN, AS_PATH, COMMUNITIES
      80 0e 20 0002 01 10 20010db8000100000000000000000001 00  00000001 30 20010db80065  # MP_REACH`,
    expect: announces([path(1, "2001:db8:65::/48")], {
      origin: "incomplete",
      asPath: sequence(65000),
      nextHop: { address: "2001:db8:1::1" },
      communities: [0xfde80006],
    }),
  },
  {
    name: "the IPv6 default route with a path id", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 0041 02  0000  002a
      40 01 01 02  40 02 06 02 01 0000fde8  # ORIGIN, AS_PATH
      80 0e 1a 0002 01 10 20010db8000100000000000000000001 00  00000001 00  # MP_REACH`,
    expect: announces([path(1, "::/0")], {
      origin: "incomplete", asPath: sequence(65000), nextHop: { address: "2001:db8:1::1" },
    }),
  },
  {
    name: "IPv4 withdrawn by path id", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 0020 02  0009  00000001 1a 0a030000  0000  # withdrawn`, expect: withdraws([path(1, "10.3.0.0/26")]),
  },
  {
    name: "IPv6 withdrawn by path id", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 0028 02  0000  0011
      80 0f 0e 0002 01  00000001 30 20010db80065  # MP_UNREACH`,
    expect: withdraws([path(1, "2001:db8:65::/48")]),
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
    name: "to a two-octet peer: every attribute, AS4_PATH after the communities", rfc: "RFC 6793 §4.2.3",
    hex: `${MARKER} 0061 02  0000  0047
      40 01 01 00  40 02 04 02 01 5ba0  40 03 04 c0000201  80 04 04 0000004d  # ORIGIN, AS_PATH, NEXT_HOP, MED
      c0 08 08 fde80064 ffffff01  c0 10 08 0002fde800000007  # COMMUNITIES, EXTENDED COMMUNITIES
      c0 20 0c fa56ea01 00000001 00000002  c0 11 06 02 01 fa56ea01  10 0a01  # LARGE COMMUNITIES, AS4_PATH, NLRI`,
    expect: announces(routes("10.1.0.0/16"), {
      origin: "igp",
      asPath: sequence(4200000001),
      nextHop: { address: "192.0.2.1" },
      med: 77,
      communities: [0xfde80064, 0xffffff01],
      extendedCommunities: [String(0x0002fde800000007n)],
      largeCommunities: [{ global: 4200000001, local1: 1, local2: 2 }],
    }),
  },
  {
    name: "to a two-octet peer: a set in AS4_PATH, AS4_AGGREGATOR", rfc: "RFC 6793 §4.2.3", context: { asSets: "accept" },
    hex: `${MARKER} 0065 02  0000  004b
      40 01 01 01  40 02 0e 02 03 5ba0 5ba0 fde7  01 02 ffdd 5ba0  # ORIGIN, AS_PATH
      c0 07 06 5ba0 0a090909  40 03 04 c0000201  # AGGREGATOR, NEXT_HOP
      c0 11 18 02 03 fa56ea01 fa56ea63 0000fde7  01 02 0000ffdd 00011170  # AS4_PATH
      c0 12 08 fa56ea4d 0a090909  10 0a02  # AS4_AGGREGATOR, NLRI`,
    expect: announces(routes("10.2.0.0/16"), {
      origin: "egp",
      asPath: [{ kind: "sequence", asns: [4200000001, 4200000099, 64999] }, { kind: "set", asns: [65501, 70000] }],
      nextHop: { address: "192.0.2.1" },
      aggregator: { asn: 4200000077, address: "10.9.9.9" },
    }),
  },
  {
    name: "reflected: ORIGINATOR_ID and CLUSTER_LIST are new", rfc: "RFC 4456 §8", context: INTERNAL,
    hex: `${MARKER} 006b 02  0000  0050
      40 01 01 00  40 02 00  40 03 04 c000020d  40 05 04 000000c8  # ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF
      c0 08 08 fde80064 fde800c8  80 09 04 0a00000d  80 0a 04 0aff0003  # COMMUNITIES, ORIGINATOR_ID, CLUSTER_LIST
      c0 10 10 0002fde800000007 4004fde8000f4240  # EXTENDED COMMUNITIES
      c0 20 0c 0000fde8 00000001 00000002  18 0a4101  # LARGE COMMUNITIES, NLRI`,
    expect: announces(routes("10.65.1.0/24"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "192.0.2.13" },
      localPref: 200,
      communities: [0xfde80064, 0xfde800c8],
      originatorId: 0x0a00000d,
      clusterList: [0x0aff0003],
      extendedCommunities: [String(0x0002fde800000007n), String(0x4004fde8000f4240n)],
      largeCommunities: [{ global: 65000, local1: 1, local2: 2 }],
    }),
  },
  {
    name: "AIGP: a metric of 1000", rfc: "RFC 7311 §3", context: INTERNAL,
    hex: `${MARKER} 004d 02  0000  0031
      40 01 01 02  40 02 00  40 03 04 c0000201  40 05 04 00000064  # ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF
      80 09 04 c0000201  80 0a 04 0aff0003  80 1a 0b 01 000b 00000000000003e8  # ORIGINATOR_ID, CLUSTER_LIST, AIGP
      1a 0a030000  # NLRI`,
    expect: announces(routes("10.3.0.0/26"), {
      origin: "incomplete",
      asPath: [],
      nextHop: { address: "192.0.2.1" },
      localPref: 100,
      originatorId: 0xc0000201,
      clusterList: [0x0aff0003],
      aigp: "1000",
    }),
  },
  {
    name: "reflected twice, with an attribute that some router on the way did not know",
    rfc: "RFC 4456 §8, RFC 4271 §5", context: INTERNAL,
    hex: `${MARKER} 005d 02  0000  0042
      40 01 01 00  40 02 06 02 01 0000fe35  40 03 04 c000020d  80 04 04 0000002a  # ORIGIN, AS_PATH, NEXT_HOP, MED
      40 05 04 000000c8  80 09 04 0a000007  80 0a 08 0aff0003 0a070707  # LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST
      e0 de 04 deadbeef  c0 23 04 0000fe35  18 0a4303  # attribute 222, OTC, NLRI`,
    expect: announces(routes("10.67.3.0/24"), {
      origin: "igp",
      asPath: sequence(65077),
      nextHop: { address: "192.0.2.13" },
      med: 42,
      localPref: 200,
      originatorId: 0x0a000007,
      clusterList: [0x0aff0003, 0x0a070707],
      otc: 65077,
      unknown: [{ code: 222, flags: 0xe0, value: "deadbeef" }],
    }),
  },
  {
    name: "reflected IPv6 with an IPv6 extended community", rfc: "RFC 5701 §2", context: INTERNAL,
    hex: `${MARKER} 0072 02  0000  005b
      40 01 01 00  40 02 00  40 05 04 000000c8  c0 08 04 ffffff01  # ORIGIN, AS_PATH, LOCAL_PREF, COMMUNITIES
      80 09 04 0a00000d  80 0a 04 0aff0003  # ORIGINATOR_ID, CLUSTER_LIST
      80 0e 1e 0002 01 10 20010db8000100000000000000000013 00  40 20010db8000a0000  # MP_REACH
      c0 19 14 000220010db80000000000000000000000010007  # IPv6 EXTENDED COMMUNITIES`,
    expect: announces(routes("2001:db8:a::/64"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "2001:db8:1::13" },
      localPref: 200,
      communities: [0xffffff01],
      originatorId: 0x0a00000d,
      clusterList: [0x0aff0003],
      ipv6ExtendedCommunities: ["000220010db80000000000000000000000010007"],
    }),
  },
  {
    name: "IPv4 withdrawn", rfc: "RFC 4271 §4.3", context: INTERNAL,
    hex: `${MARKER} 001c 02  0005  1a 0a410240  0000  # withdrawn`, expect: withdraws(routes("10.65.2.64/26")),
  },
  {
    name: "IPv6 withdrawn, a host route", rfc: "RFC 4760 §4", context: INTERNAL,
    hex: `${MARKER} 002e 02  0000  0017
      80 0f 14 0002 01  80 20010db8000b00000000000000000001  # MP_UNREACH`,
    expect: withdraws(routes("2001:db8:b::1/128")),
  },
  {
    name: "NOTIFICATION: message of 18 octets", rfc: "RFC 4271 §6.1",
    hex: `${MARKER} 0015 03  01 02`, expect: notifies(1, 2),
  },
  {
    name: "NOTIFICATION: it does not speak version 3", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0015 03  02 01`, expect: notifies(2, 1),
  },
  {
    name: "NOTIFICATION: not the AS that was configured", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0015 03  02 02`, expect: notifies(2, 2),
  },
  { name: "NOTIFICATION: router id 0", rfc: "RFC 6286 §2.2", hex: `${MARKER} 0015 03  02 03`, expect: notifies(2, 3) },
  {
    name: "NOTIFICATION: hold time of two seconds", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0015 03  02 06`, expect: notifies(2, 6),
  },
  {
    name: "NOTIFICATION: prefix of 33 bits, called a malformed attribute list", rfc: "RFC 4271 §6.3",
    hex: `${MARKER} 0015 03  03 01`, expect: notifies(3, 1),
  },
  { name: "NOTIFICATION: hold timer expired", rfc: "RFC 4271 §6.5", hex: `${MARKER} 0015 03  04 00`, expect: notifies(4, 0) },
  { name: "NOTIFICATION: too many prefixes", rfc: "RFC 4486 §4", hex: `${MARKER} 0015 03  06 01`, expect: notifies(6, 1) },
  {
    name: "NOTIFICATION: shut down by its operator, with a word", rfc: "RFC 9003 §2",
    hex: `${MARKER} 001b 03  06 02 05556d626175`, expect: notifies(6, 2, "05556d626175"),
  },
  {
    name: "NOTIFICATION: peer removed from its configuration", rfc: "RFC 4486 §4",
    hex: `${MARKER} 0015 03  06 03`, expect: notifies(6, 3),
  },
  {
    name: "NOTIFICATION: reset by its operator, with a word", rfc: "RFC 9003 §2",
    hex: `${MARKER} 001e 03  06 04 084e65757374617274`, expect: notifies(6, 4, "084e65757374617274"),
  },
]);

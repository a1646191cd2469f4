/**
 * Messages recorded from BIRD 2.0.12: sender 192.0.2.1 (2001:db8:1::1), AS 65000, towards a two-octet peer AS 4200000001.
 * README.md beside this file says how.
 */

import type { CodecContext, Family } from "../../../src/bgp/wire/context.ts";
import {
  ADD_PATH, FOUR_OCTET, INTERNAL, MARKER, type Vector, announces, endsRib, notifies, path, recorded, routes, sequence, withdraws,
} from "./vector.ts";

const IPV6_HOP: Partial<CodecContext> = { ...FOUR_OCTET, extendedNextHop: new Set<Family>(["ipv4"]) };
const BOTH_HOPS: Partial<CodecContext> = { ...ADD_PATH, extendedNextHop: new Set<Family>(["ipv4"]) };

const COMMUNITIES = {
  communities: [0xfde80064, 0xffffff01],
  extendedCommunities: [String(0x0002fde800000007n)],
  largeCommunities: [{ global: 4200000001, local1: 1, local2: 2 }],
};

export const BIRD: readonly Vector[] = recorded("bird 2.0.12", [
  {
    name: "OPEN with everything it can do", rfc: "RFC 5492",
    hex: `${MARKER} 0075 01  04 fde8 00b4 c0000201 58
      02 56 01 04 0001 0001  01 04 0002 0001  02 00  # multiprotocol ×2, route refresh
      05 06 000100010002  06 00  09 01 00  # extended next hop, extended message, role
      40 0a 0078 00010100 00020100  41 04 0000fde8  # graceful restart, four-octet AS
      45 08 00010103 00020103  46 00  47 0e 00010100000e10 00020100000e10  # add-path, enhanced refresh, LLGR
      49 0b 09 626972642d686f7374 00  # hostname`,
    expect: {
      kind: "open",
      version: 4,
      asn: 65000,
      holdTimeSec: 180,
      routerId: 0xc0000201,
      capabilities: [
        { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
        { kind: "multiprotocol", family: { afi: 2, safi: 1 } },
        { kind: "route-refresh" },
        { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
        { kind: "extended-message" },
        { kind: "role", role: "provider" },
        {
          kind: "graceful-restart",
          restarting: false,
          notification: false,
          restartTimeSec: 120,
          entries: [{ afi: 1, safi: 1, forwarding: false }, { afi: 2, safi: 1, forwarding: false }],
        },
        { kind: "four-octet-as", asn: 65000 },
        { kind: "add-path", entries: [{ afi: 1, safi: 1, mode: "both" }, { afi: 2, safi: 1, mode: "both" }] },
        { kind: "enhanced-route-refresh" },
        {
          kind: "long-lived-graceful-restart",
          entries: [1, 2].map((afi) => ({ afi, safi: 1, forwarding: false, staleTimeSec: 3600 })),
        },
        { kind: "hostname", host: "bird-host", domain: "" },
      ],
    },
  },
  {
    name: "OPEN of an AS that takes four octets, helping others to restart but not restarting itself", rfc: "RFC 6793 §4.1",
    hex: `${MARKER} 0035 01  04 5ba0 00f0 c0000201 18
      02 16 01 04 0001 0001  02 00  40 02 0078  # multiprotocol, route refresh, graceful restart
      41 04 fa56ea01  46 00  47 00  # four-octet AS, enhanced refresh, LLGR`,
    expect: {
      kind: "open",
      asn: 4200000001,
      holdTimeSec: 240,
      capabilities: [
        { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
        { kind: "route-refresh" },
        { kind: "graceful-restart", restarting: false, notification: false, restartTimeSec: 120, entries: [] },
        { kind: "four-octet-as", asn: 4200000001 },
        { kind: "enhanced-route-refresh" },
        { kind: "long-lived-graceful-restart", entries: [] },
      ],
    },
  },
  { name: "KEEPALIVE", rfc: "RFC 4271 §4.4", hex: `${MARKER} 0013 04`, expect: { kind: "keepalive" } },
  {
    name: "IPv4 with a path id and an IPv4 next hop in MP_REACH_NLRI, marked Only to Customer",
    rfc: "RFC 8950 §3", context: BOTH_HOPS,
    hex: `${MARKER} 0046 02  0000  002f
      90 0e 0017 0001 01 04 c0000201 00  00000002 00  00000002 20 0a030009  40 01 01 00  # MP_REACH, ORIGIN
      40 02 06 02 01 0000fde8  c0 23 04 0000fde8  # AS_PATH, OTC`,
    expect: announces([path(2, "0.0.0.0/0"), path(2, "10.3.0.9/32")], {
      origin: "igp",
      asPath: sequence(65000),
      nextHop: { address: "192.0.2.1" },
      otc: 65000,
    }),
  },
  {
    name: "communities of all three sizes", rfc: "RFC 1997, RFC 4360, RFC 8092", context: BOTH_HOPS,
    hex: `${MARKER} 0064 02  0000  004d
      90 0e 0010 0001 01 04 c0000201 00  00000002 10 0a01  40 01 01 00  # MP_REACH, ORIGIN
      40 02 06 02 01 0000fde8  c0 08 08 fde80064 ffffff01  # AS_PATH, COMMUNITIES
      c0 10 08 0002fde800000007  c0 20 0c fa56ea01 00000001 00000002  # EXTENDED COMMUNITIES, LARGE COMMUNITIES
      c0 23 04 0000fde8  # OTC`,
    expect: announces([path(2, "10.1.0.0/16")], {
      origin: "igp",
      asPath: sequence(65000),
      nextHop: { address: "192.0.2.1" },
      ...COMMUNITIES,
      otc: 65000,
    }),
  },
  {
    name: "IPv6 with path ids, global and link-local next hop", rfc: "RFC 2545 §3", context: ADD_PATH,
    hex: `${MARKER} 0079 02  0000  0062
      90 0e 004a 0002 01 20 20010db8000100000000000000000001 fe80000000000000000000fffe000001 00  00000003 00   # MP_REACH
      00000003 30 20010db80065  00000003 80 20010db8006600000000000000000001
      40 01 01 00  40 02 06 02 01 0000fde8  c0 23 04 0000fde8  # ORIGIN, AS_PATH, OTC`,
    expect: announces([path(3, "::/0"), path(3, "2001:db8:65::/48"), path(3, "2001:db8:66::1/128")], {
      origin: "igp",
      asPath: sequence(65000),
      nextHop: { address: "2001:db8:1::1", linkLocal: "fe80::ff:fe00:1" },
      otc: 65000,
    }),
  },
  {
    name: "IPv4 with a path id in the classic field", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 005e 02  0000  0040
      40 01 01 00  40 02 06 02 01 0000fde8  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      c0 08 08 fde80064 ffffff01  c0 10 08 0002fde800000007  # COMMUNITIES, EXTENDED COMMUNITIES
      c0 20 0c fa56ea01 00000001 00000002  c0 23 04 0000fde8  00000002 10 0a01  # LARGE COMMUNITIES, OTC, NLRI`,
    expect: announces([path(2, "10.1.0.0/16")], {
      origin: "igp",
      asPath: sequence(65000),
      nextHop: { address: "192.0.2.1" },
      ...COMMUNITIES,
      otc: 65000,
    }),
  },
  {
    name: "IPv4 withdrawn by path id", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 003c 02
      0025  00000002 00  00000002 20 0a030009  00000002 1a 0a030000  00000002 10 0a01  00000002 10 0a02  # withdrawn
      0000`,
    expect: withdraws([
      path(2, "0.0.0.0/0"), path(2, "10.3.0.9/32"), path(2, "10.3.0.0/26"),
      path(2, "10.1.0.0/16"), path(2, "10.2.0.0/16"),
    ]),
  },
  {
    name: "End-of-RIB of IPv4: an empty UPDATE", rfc: "RFC 4724 §2", context: ADD_PATH,
    hex: `${MARKER} 0017 02  0000  0000`, expect: endsRib("ipv4"),
  },
  {
    name: "End-of-RIB of IPv6: an empty MP_UNREACH_NLRI", rfc: "RFC 4724 §2", context: ADD_PATH,
    hex: `${MARKER} 001d 02  0000  0006
      80 0f 03 0002 01  # MP_UNREACH`,
    expect: endsRib("ipv6"),
  },
  {
    name: "ROUTE-REFRESH asks for IPv4 again", rfc: "RFC 2918 §3",
    hex: `${MARKER} 0017 05  0001 00 01`, expect: { kind: "route-refresh", family: { afi: 1, safi: 1 }, subtype: "request" },
  },
  {
    name: "ROUTE-REFRESH asks for IPv6 again", rfc: "RFC 2918 §3",
    hex: `${MARKER} 0017 05  0002 00 01`, expect: { kind: "route-refresh", family: { afi: 2, safi: 1 }, subtype: "request" },
  },
  {
    name: "ROUTE-REFRESH begins a resend", rfc: "RFC 7313 §3.2",
    hex: `${MARKER} 0017 05  0001 01 01`, expect: { kind: "route-refresh", family: { afi: 1, safi: 1 }, subtype: "begin" },
  },
  {
    name: "ROUTE-REFRESH ends a resend", rfc: "RFC 7313 §3.2",
    hex: `${MARKER} 0017 05  0001 02 01`, expect: { kind: "route-refresh", family: { afi: 1, safi: 1 }, subtype: "end" },
  },
  {
    name: "to a two-octet peer: AS_TRANS twice in AS_PATH, AS4_PATH knows who they are", rfc: "RFC 6793 §4.2.3",
    hex: `${MARKER} 0041 02  0000  0027
      40 01 01 01  40 02 08 02 03 5ba0 fde7 5ba0  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      c0 11 0e 02 03 fa56ea01 0000fde7 fa56ea63  10 0a02  # AS4_PATH, NLRI`,
    expect: announces(routes("10.2.0.0/16"), {
      origin: "egp",
      asPath: sequence(4200000001, 64999, 4200000099),
      nextHop: { address: "192.0.2.1" },
    }),
  },
  {
    name: "reflected: ORIGINATOR_ID and CLUSTER_LIST are new, everything else as it came",
    rfc: "RFC 4456 §8", context: INTERNAL,
    hex: `${MARKER} 0070 02  0000  0050
      40 01 01 00  40 02 00  40 03 04 c000020d  40 05 04 000000c8  # ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF
      c0 08 08 fde80064 fde800c8  80 09 04 0a00000d  80 0a 04 0aff0001  # COMMUNITIES, ORIGINATOR_ID, CLUSTER_LIST
      c0 10 10 0002fde800000007 4004fde8000f4240  # EXTENDED COMMUNITIES
      c0 20 0c 0000fde8 00000001 00000002  18 0a4101  1a 0a410240  # LARGE COMMUNITIES, NLRI`,
    expect: announces(routes("10.65.1.0/24", "10.65.2.64/26"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "192.0.2.13" },
      localPref: 200,
      communities: [0xfde80064, 0xfde800c8],
      originatorId: 0x0a00000d,
      clusterList: [0x0aff0001],
      extendedCommunities: [String(0x0002fde800000007n), String(0x4004fde8000f4240n)],
      largeCommunities: [{ global: 65000, local1: 1, local2: 2 }],
    }),
  },
  {
    name: "reflected twice, with an attribute that some router on the way did not know",
    rfc: "RFC 4456 §8, RFC 4271 §5", context: INTERNAL,
    hex: `${MARKER} 005d 02  0000  0042
      40 01 01 00  40 02 06 02 01 0000fe35  40 03 04 c000020d  80 04 04 0000002a  # ORIGIN, AS_PATH, NEXT_HOP, MED
      40 05 04 000000c8  80 09 04 0a000007  80 0a 08 0aff0001 0a070707  # LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST
      c0 23 04 0000fe35  e0 de 04 deadbeef  18 0a4303  # OTC, attribute 222, NLRI`,
    expect: announces(routes("10.67.3.0/24"), {
      origin: "igp",
      asPath: sequence(65077),
      nextHop: { address: "192.0.2.13" },
      med: 42,
      localPref: 200,
      originatorId: 0x0a000007,
      clusterList: [0x0aff0001, 0x0a070707],
      otc: 65077,
      unknown: [{ code: 222, flags: 0xe0, value: "deadbeef" }],
    }),
  },
  {
    name: "reflected IPv6 with a global next hop only", rfc: "RFC 4760 §3", context: INTERNAL,
    hex: `${MARKER} 006d 02  0000  0056
      90 0e 002f 0002 01 10 20010db8000100000000000000000013 00  40 20010db8000a0000  80  # MP_REACH
      20010db8000b00000000000000000001
      40 01 01 00  40 02 00  40 05 04 000000c8  c0 08 04 ffffff01  # ORIGIN, AS_PATH, LOCAL_PREF, COMMUNITIES
      80 09 04 0a00000d  80 0a 04 0aff0001  # ORIGINATOR_ID, CLUSTER_LIST`,
    expect: announces(routes("2001:db8:a::/64", "2001:db8:b::1/128"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "2001:db8:1::13" },
      localPref: 200,
      communities: [0xffffff01],
      originatorId: 0x0a00000d,
      clusterList: [0x0aff0001],
    }),
  },
  {
    name: "an AS_PATH longer than 255 octets, then a set, AGGREGATOR and AIGP",
    rfc: "RFC 4271 §4.3, RFC 7311", context: { ...INTERNAL, asSets: "accept" },
    hex: `${MARKER} 0491 02  0000  0476
      40 01 01 00  # ORIGIN
      50 02 0436 02 ff 0000fc00 0000fc01 0000fc02 0000fc03 0000fc04 0000fc05 0000fc06 0000fc07 0000fc08 0000fc09  # AS_PATH
      0000fc0a 0000fc0b 0000fc0c 0000fc0d 0000fc0e 0000fc0f 0000fc10 0000fc11 0000fc12 0000fc13 0000fc14
      0000fc15 0000fc16 0000fc17 0000fc18 0000fc19 0000fc1a 0000fc1b 0000fc1c 0000fc1d 0000fc1e 0000fc1f
      0000fc20 0000fc21 0000fc22 0000fc23 0000fc24 0000fc25 0000fc26 0000fc27 0000fc28 0000fc29 0000fc2a
      0000fc2b 0000fc2c 0000fc2d 0000fc2e 0000fc2f 0000fc30 0000fc31 0000fc32 0000fc33 0000fc34 0000fc35
      0000fc36 0000fc37 0000fc38 0000fc39 0000fc3a 0000fc3b 0000fc3c 0000fc3d 0000fc3e 0000fc3f 0000fc40
      0000fc41 0000fc42 0000fc43 0000fc44 0000fc45 0000fc46 0000fc47 0000fc48 0000fc49 0000fc4a 0000fc4b
      0000fc4c 0000fc4d 0000fc4e 0000fc4f 0000fc50 0000fc51 0000fc52 0000fc53 0000fc54 0000fc55 0000fc56
      0000fc57 0000fc58 0000fc59 0000fc5a 0000fc5b 0000fc5c 0000fc5d 0000fc5e 0000fc5f 0000fc60 0000fc61
      0000fc62 0000fc63 0000fc64 0000fc65 0000fc66 0000fc67 0000fc68 0000fc69 0000fc6a 0000fc6b 0000fc6c
      0000fc6d 0000fc6e 0000fc6f 0000fc70 0000fc71 0000fc72 0000fc73 0000fc74 0000fc75 0000fc76 0000fc77
      0000fc78 0000fc79 0000fc7a 0000fc7b 0000fc7c 0000fc7d 0000fc7e 0000fc7f 0000fc80 0000fc81 0000fc82
      0000fc83 0000fc84 0000fc85 0000fc86 0000fc87 0000fc88 0000fc89 0000fc8a 0000fc8b 0000fc8c 0000fc8d
      0000fc8e 0000fc8f 0000fc90 0000fc91 0000fc92 0000fc93 0000fc94 0000fc95 0000fc96 0000fc97 0000fc98
      0000fc99 0000fc9a 0000fc9b 0000fc9c 0000fc9d 0000fc9e 0000fc9f 0000fca0 0000fca1 0000fca2 0000fca3
      0000fca4 0000fca5 0000fca6 0000fca7 0000fca8 0000fca9 0000fcaa 0000fcab 0000fcac 0000fcad 0000fcae
      0000fcaf 0000fcb0 0000fcb1 0000fcb2 0000fcb3 0000fcb4 0000fcb5 0000fcb6 0000fcb7 0000fcb8 0000fcb9
      0000fcba 0000fcbb 0000fcbc 0000fcbd 0000fcbe 0000fcbf 0000fcc0 0000fcc1 0000fcc2 0000fcc3 0000fcc4
      0000fcc5 0000fcc6 0000fcc7 0000fcc8 0000fcc9 0000fcca 0000fccb 0000fccc 0000fccd 0000fcce 0000fccf
      0000fcd0 0000fcd1 0000fcd2 0000fcd3 0000fcd4 0000fcd5 0000fcd6 0000fcd7 0000fcd8 0000fcd9 0000fcda
      0000fcdb 0000fcdc 0000fcdd 0000fcde 0000fcdf 0000fce0 0000fce1 0000fce2 0000fce3 0000fce4 0000fce5
      0000fce6 0000fce7 0000fce8 0000fce9 0000fcea 0000fceb 0000fcec 0000fced 0000fcee 0000fcef 0000fcf0
      0000fcf1 0000fcf2 0000fcf3 0000fcf4 0000fcf5 0000fcf6 0000fcf7 0000fcf8 0000fcf9 0000fcfa 0000fcfb
      0000fcfc 0000fcfd 0000fcfe  02 0a fa56ea00 fa56ea01 fa56ea02 fa56ea03 fa56ea04 fa56ea05 fa56ea06 fa56ea07
      fa56ea08 fa56ea09  01 03 0000ffdd 0000ffde 00011170
      40 03 04 c000020d  40 05 04 000000c8  40 06 00  # NEXT_HOP, LOCAL_PREF, ATOMIC_AGGREGATE
      c0 07 08 0001117c 0a090909  80 09 04 0a00000d  80 0a 04 0aff0001  # AGGREGATOR, ORIGINATOR_ID, CLUSTER_LIST
      80 1a 0b 01 000b 00000000000003e8  18 0a4202  # AIGP, NLRI`,
    expect: announces(routes("10.66.2.0/24"), {
      origin: "igp",
      asPath: [
        { kind: "sequence", asns: Array.from({ length: 255 }, (_, i) => 64512 + i) },
        { kind: "sequence", asns: Array.from({ length: 10 }, (_, i) => 4200000000 + i) },
        { kind: "set", asns: [65501, 65502, 70000] },
      ],
      nextHop: { address: "192.0.2.13" },
      localPref: 200,
      atomicAggregate: true,
      aggregator: { asn: 70012, address: "10.9.9.9" },
      originatorId: 0x0a00000d,
      clusterList: [0x0aff0001],
      aigp: "1000",
    }),
  },
  {
    name: "IPv4 withdrawn, three prefixes", rfc: "RFC 4271 §4.3", context: INTERNAL,
    hex: `${MARKER} 0024 02  000d  18 0a4202  18 0a4303  1a 0a410240  0000  # withdrawn`,
    expect: withdraws(routes("10.66.2.0/24", "10.67.3.0/24", "10.65.2.64/26")),
  },
  {
    name: "IPv6 withdrawn", rfc: "RFC 4760 §4", context: INTERNAL,
    hex: `${MARKER} 0027 02  0000  0010
      90 0f 000c 0002 01  40 20010db8000a0000  # MP_UNREACH`,
    expect: withdraws(routes("2001:db8:a::/64")),
  },
  {
    name: "IPv4 over an IPv6 session: next hop with link-local", rfc: "RFC 8950 §3", context: IPV6_HOP,
    hex: `${MARKER} 0053 02  0000  003c
      90 0e 002b 0001 01 20 20010db8000100000000000000000001 fe80000000000000000000fffe000001 00  00  20  # MP_REACH
      0a030009
      40 01 01 00  40 02 06 02 01 0000fde8  # ORIGIN, AS_PATH`,
    expect: announces(routes("0.0.0.0/0", "10.3.0.9/32"), {
      origin: "igp",
      asPath: sequence(65000),
      nextHop: { address: "2001:db8:1::1", linkLocal: "fe80::ff:fe00:1" },
    }),
  },
  {
    name: "IPv4 withdrawn in MP_UNREACH_NLRI", rfc: "RFC 4760 §4", context: IPV6_HOP,
    hex: `${MARKER} 002f 02  0000  0018
      90 0f 0014 0001 01  00  20 0a030009  1a 0a030000  10 0a01  10 0a02  # MP_UNREACH`,
    expect: withdraws(routes("0.0.0.0/0", "10.3.0.9/32", "10.3.0.0/26", "10.1.0.0/16", "10.2.0.0/16")),
  },
  {
    name: "AS_CONFED_SEQUENCE from outside our AS: not for us", rfc: "RFC 5065 §5", context: FOUR_OCTET,
    hex: `${MARKER} 003f 02  0000  0025
      40 01 01 01  40 02 10 03 01 0000fde8  02 02 0000fde7 fa56ea63  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      40 05 04 00000064  10 0a02  # LOCAL_PREF, NLRI`,
    expect: { kind: "update", withdrawn: [routes("10.2.0.0/16")], announced: [] },
  },
  {
    name: "AS_CONFED_SEQUENCE within the confederation", rfc: "RFC 5065 §3", context: INTERNAL,
    hex: `${MARKER} 003f 02  0000  0025
      40 01 01 01  40 02 10 03 01 0000fde8  02 02 0000fde7 fa56ea63  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      40 05 04 00000064  10 0a02  # LOCAL_PREF, NLRI`,
    expect: announces(routes("10.2.0.0/16"), {
      origin: "egp",
      asPath: [{ kind: "confed-sequence", asns: [65000] }, { kind: "sequence", asns: [64999, 4200000099] }],
      nextHop: { address: "192.0.2.1" },
      localPref: 100,
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
    name: "NOTIFICATION: it speaks version 4; its two octets are swapped, the RFC has 0004", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0017 03  02 01 0400`, expect: notifies(2, 1, "0400"),
  },
  {
    name: "NOTIFICATION: not the AS that was configured; as four octets", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0019 03  02 02 0000fe4b`, expect: notifies(2, 2, "0000fe4b"),
  },
  { name: "NOTIFICATION: router id 0", rfc: "RFC 6286 §2.2", hex: `${MARKER} 0015 03  02 03`, expect: notifies(2, 3) },
  {
    name: "NOTIFICATION: optional parameter that it does not know, returned", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0018 03  02 04 010100`, expect: notifies(2, 4, "010100"),
  },
  {
    name: "NOTIFICATION: hold time of two seconds, returned", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 0017 03  02 06 0002`, expect: notifies(2, 6, "0002"),
  },
  { name: "NOTIFICATION: no family in common", rfc: "RFC 5492 §5", hex: `${MARKER} 0015 03  02 07`, expect: notifies(2, 7) },
  {
    name: "NOTIFICATION: a customer's other side must be a provider", rfc: "RFC 9234 §4.2",
    hex: `${MARKER} 0015 03  02 0b`, expect: notifies(2, 11),
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
  { name: "NOTIFICATION: too many prefixes", rfc: "RFC 4486 §4", hex: `${MARKER} 0015 03  06 01`, expect: notifies(6, 1) },
  {
    name: "NOTIFICATION: shut down by its operator, with a word in UTF-8", rfc: "RFC 9003 §2",
    hex: `${MARKER} 0036 03
      06 02 206175736765736368616c7465743a20556d6261752066c3bc7220c39c62756e67`,
    expect: notifies(6, 2, "206175736765736368616c7465743a20556d6261752066c3bc7220c39c62756e67"),
  },
  {
    name: "NOTIFICATION: peer removed from its configuration", rfc: "RFC 4486 §4",
    hex: `${MARKER} 0015 03  06 03`, expect: notifies(6, 3),
  },
  {
    name: "NOTIFICATION: restarted by its operator, with a word", rfc: "RFC 9003 §2",
    hex: `${MARKER} 001b 03  06 04 05616761696e`, expect: notifies(6, 4, "05616761696e"),
  },
  {
    name: "NOTIFICATION: this connection lost the collision", rfc: "RFC 4271 §6.8",
    hex: `${MARKER} 0015 03  06 07`, expect: notifies(6, 7),
  },
]);

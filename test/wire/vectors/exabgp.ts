/**
 * Messages recorded from ExaBGP 4.2.21: sender 192.0.2.1 (2001:db8:1::1), AS 65000, towards a two-octet peer AS 4200000001.
 * README.md beside this file says how.
 */

import type { CodecContext, Family } from "../../../src/bgp/wire/context.ts";
import {
  ADD_PATH, FOUR_OCTET, INTERNAL, MARKER, type Vector, announces, endsRib, notifies, path, recorded, routes, sequence, withdraws,
} from "./vector.ts";

const IPV6_HOP: Partial<CodecContext> = { ...FOUR_OCTET, extendedNextHop: new Set<Family>(["ipv4"]) };
const BOTH_HOPS: Partial<CodecContext> = { ...ADD_PATH, extendedNextHop: new Set<Family>(["ipv4"]) };

function hexOf(text: string): string {
  return Array.from(new TextEncoder().encode(text), (octet) => octet.toString(16).padStart(2, "0")).join("");
}

export const EXABGP: readonly Vector[] = recorded("exabgp 4.2.21", [
  {
    name: "OPEN with capabilities that nobody else has, and a family that we do not carry", rfc: "RFC 5492",
    hex: `${MARKER} 007f 01  04 fde8 00b4 c0000201 62
      02 06 01 04 0001 0001  02 06 01 04 0001 0002  # multiprotocol ×2
      02 06 01 04 0002 0001  02 06 41 04 0000fde8  # multiprotocol, four-octet AS
      02 08 05 06 000100010002  02 0a 45 08 00010103 00020103  # extended next hop, add-path
      02 10 40 0e 8708 00010180 00010280 00020180  02 02 02 00  # graceful restart, route refresh
      02 02 46 00  02 02 b9 00  02 02 06 00  # enhanced refresh, operational, extended message
      02 03 44 01 00  02 03 44 01 01  # multi-session ×2`,
    expect: {
      kind: "open",
      version: 4,
      asn: 65000,
      holdTimeSec: 180,
      routerId: 0xc0000201,
      capabilities: [
        { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
        { kind: "multiprotocol", family: { afi: 1, safi: 2 } },
        { kind: "multiprotocol", family: { afi: 2, safi: 1 } },
        { kind: "four-octet-as", asn: 65000 },
        { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
        { kind: "add-path", entries: [{ afi: 1, safi: 1, mode: "both" }, { afi: 2, safi: 1, mode: "both" }] },
        {
          kind: "graceful-restart",
          restarting: true,
          notification: false,
          restartTimeSec: 1800,
          entries: [
            { afi: 1, safi: 1, forwarding: true },
            { afi: 1, safi: 2, forwarding: true },
            { afi: 2, safi: 1, forwarding: true },
          ],
        },
        { kind: "route-refresh" },
        { kind: "enhanced-route-refresh" },
        { kind: "unknown", code: 185, value: "" },
        { kind: "extended-message" },
        { kind: "unknown", code: 68, value: "00" },
        { kind: "unknown", code: 68, value: "01" },
      ],
    },
  },
  {
    name: "OPEN of an AS that takes four octets", rfc: "RFC 6793 §4.1",
    hex: `${MARKER} 0031 01  04 5ba0 00b4 c0000201 14
      02 06 01 04 0001 0001  02 06 41 04 fa56ea01  02 02 06 00  # multiprotocol, four-octet AS, extended message`,
    expect: {
      kind: "open",
      asn: 4200000001,
      holdTimeSec: 180,
      capabilities: [
        { kind: "multiprotocol", family: { afi: 1, safi: 1 } },
        { kind: "four-octet-as", asn: 4200000001 },
        { kind: "extended-message" },
      ],
    },
  },
  { name: "KEEPALIVE", rfc: "RFC 4271 §4.4", hex: `${MARKER} 0013 04`, expect: { kind: "keepalive" } },
  {
    name: "IPv4 with a path id that looks like an address", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 0053 02  0000  0035
      40 01 01 00  40 02 06 02 01 0000fde8  40 03 04 c0000201  80 04 04 00000032  # ORIGIN, AS_PATH, NEXT_HOP, MED
      c0 08 08 fde80064 ffffff01  c0 20 0c fa56ea01 00000001 00000002  # COMMUNITIES, LARGE COMMUNITIES
      01020304 10 0a01  # NLRI`,
    expect: announces([path(0x01020304, "10.1.0.0/16")], {
      origin: "igp",
      asPath: sequence(65000),
      nextHop: { address: "192.0.2.1" },
      med: 50,
      communities: [0xfde80064, 0xffffff01],
      largeCommunities: [{ global: 4200000001, local1: 1, local2: 2 }],
    }),
  },
  {
    name: "the same prefix with another path id", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 0032 02  0000  0014
      40 01 01 01  40 02 06 02 01 0000fde8  40 03 04 c0000201  00000009 10 0a01  # ORIGIN, AS_PATH, NEXT_HOP, NLRI`,
    expect: announces([path(9, "10.1.0.0/16")], {
      origin: "egp", asPath: sequence(65000), nextHop: { address: "192.0.2.1" },
    }),
  },
  {
    name: "IPv4 with a path id and an IPv6 next hop", rfc: "RFC 8950 §3", context: BOTH_HOPS,
    hex: `${MARKER} 0043 02  0000  002c
      40 01 01 00  40 02 06 02 01 0000fde8  # ORIGIN, AS_PATH
      80 0e 1c 0001 01 10 20010db8000100000000000000000001 00  00000007 10 0a02  # MP_REACH`,
    expect: announces([path(7, "10.2.0.0/16")], {
      origin: "igp", asPath: sequence(65000), nextHop: { address: "2001:db8:1::1" },
    }),
  },
  {
    name: "IPv4 withdrawn by path id", rfc: "RFC 7911 §3", context: ADD_PATH,
    hex: `${MARKER} 001e 02  0007  01020304 10 0a01  0000  # withdrawn`, expect: withdraws([path(0x01020304, "10.1.0.0/16")]),
  },
  {
    name: "IPv6 withdrawn by path id, with attributes that mean nothing", rfc: "RFC 4760 §4", context: ADD_PATH,
    hex: `${MARKER} 0035 02  0000  001e
      40 01 01 00  40 02 06 02 01 0000fde8  80 0f 0e 0002 01  00000005 30 20010db80065  # ORIGIN, AS_PATH, MP_UNREACH`,
    expect: withdraws([path(5, "2001:db8:65::/48")]),
  },
  {
    name: "End-of-RIB of IPv4", rfc: "RFC 4724 §2", context: ADD_PATH,
    hex: `${MARKER} 0017 02  0000  0000`, expect: endsRib("ipv4"),
  },
  {
    name: "End-of-RIB of IPv6 with a long attribute length", rfc: "RFC 4724 §2", context: ADD_PATH,
    hex: `${MARKER} 001e 02  0000  0007
      90 0f 0003 0002 01  # MP_UNREACH`,
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
    name: "to a two-octet peer: AS4_PATH right after AS_PATH, AS4_AGGREGATOR last", rfc: "RFC 6793 §4.2.3",
    hex: `${MARKER} 0055 02  0000  003b
      40 01 01 00  40 02 08 02 03 5ba0 fde7 5ba0  # ORIGIN, AS_PATH
      c0 11 0e 02 03 fa56ea01 0000fde7 fa56ea63  40 03 04 c0000201  # AS4_PATH, NEXT_HOP
      c0 07 06 5ba0 0a090909  c0 12 08 fa56ea4d 0a090909  10 0a04  # AGGREGATOR, AS4_AGGREGATOR, NLRI`,
    expect: announces(routes("10.4.0.0/16"), {
      origin: "igp",
      asPath: sequence(4200000001, 64999, 4200000099),
      nextHop: { address: "192.0.2.1" },
      aggregator: { asn: 4200000077, address: "10.9.9.9" },
    }),
  },
  {
    name: "as from a reflector: ORIGINATOR_ID, two clusters, AIGP", rfc: "RFC 4456 §8, RFC 7311 §3", context: INTERNAL,
    hex: `${MARKER} 0050 02  0000  0035
      40 01 01 00  40 02 00  40 03 04 c0000201  40 05 04 000000c8  # ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF
      80 09 04 0a000007  80 0a 08 0a070707 0a080808  # ORIGINATOR_ID, CLUSTER_LIST
      80 1a 0b 01 000b 00000000000003e8  18 0a0500  # AIGP, NLRI`,
    expect: announces(routes("10.5.0.0/24"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "192.0.2.1" },
      localPref: 200,
      originatorId: 0x0a000007,
      clusterList: [0x0a070707, 0x0a080808],
      aigp: "1000",
    }),
  },
  {
    name: "an AS_SET, for a receiver that still takes them; four extended communities",
    rfc: "RFC 4271 §4.3, RFC 4360", context: { ...INTERNAL, asSets: "accept" },
    hex: `${MARKER} 0071 02  0000  0056
      40 01 01 00  40 02 10 02 01 0000fe35  01 02 0000ffdd 00011170  40 03 04 c0000201  # ORIGIN, AS_PATH, NEXT_HOP
      40 05 04 00000064  40 06 00  c0 07 08 0000fde8 0a090909  # LOCAL_PREF, ATOMIC_AGGREGATE, AGGREGATOR
      c0 10 20 0002fde800000007 0003fde800000008 0002c00002010009 4004fde8000f4240  # EXTENDED COMMUNITIES
      18 0a0501  # NLRI`,
    expect: announces(routes("10.5.1.0/24"), {
      origin: "igp",
      asPath: [{ kind: "sequence", asns: [65077] }, { kind: "set", asns: [65501, 70000] }],
      nextHop: { address: "192.0.2.1" },
      localPref: 100,
      atomicAggregate: true,
      aggregator: { asn: 65000, address: "10.9.9.9" },
      extendedCommunities: [
        String(0x0002fde800000007n), // target 65000:7
        String(0x0003fde800000008n), // origin 65000:8
        String(0x0002c00002010009n), // target 192.0.2.1:9
        String(0x4004fde8000f4240n), // bandwidth
      ],
    }),
  },
  {
    name: "an unknown attribute that some router before did not know either", rfc: "RFC 4271 §5", context: INTERNAL,
    hex: `${MARKER} 0037 02  0000  001c
      40 01 01 00  40 02 00  40 03 04 c0000201  40 05 04 00000064  # ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF
      e0 de 04 deadbeef  18 0a0502  # attribute 222, NLRI`,
    expect: announces(routes("10.5.2.0/24"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "192.0.2.1" },
      localPref: 100,
      unknown: [{ code: 222, flags: 0xe0, value: "deadbeef" }],
    }),
  },
  {
    name: "two unknown attributes, of which the transitive one stays", rfc: "RFC 4271 §5", context: INTERNAL,
    hex: `${MARKER} 003b 02  0000  0020
      40 01 01 00  40 02 00  40 03 04 c0000201  40 05 04 00000064  # ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF
      80 dd 01 05  c0 df 04 01020304  18 0a0503  # attribute 221, attribute 223, NLRI`,
    expect: announces(routes("10.5.3.0/24"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "192.0.2.1" },
      localPref: 100,
      unknown: [{ code: 223, value: "01020304" }],
    }),
  },
  {
    name: "Only to Customer", rfc: "RFC 9234 §5", context: INTERNAL,
    hex: `${MARKER} 0037 02  0000  001c
      40 01 01 00  40 02 00  40 03 04 c0000201  40 05 04 00000064  # ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF
      c0 23 04 0000fe35  18 0a0504  # OTC, NLRI`,
    expect: announces(routes("10.5.4.0/24"), {
      origin: "igp", asPath: [], nextHop: { address: "192.0.2.1" }, localPref: 100, otc: 65077,
    }),
  },
  {
    name: "the default route, to be dropped by who gets it and not to be kept when stale",
    rfc: "RFC 7999, RFC 9494", context: INTERNAL,
    hex: `${MARKER} 0038 02  0000  0020
      40 01 01 00  40 02 00  40 03 04 c0000201  40 05 04 00000064  # ORIGIN, AS_PATH, NEXT_HOP, LOCAL_PREF
      c0 08 08 ffff029a ffff0007  00  # COMMUNITIES, NLRI`,
    expect: announces(routes("0.0.0.0/0"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "192.0.2.1" },
      localPref: 100,
      communities: [0xffff029a, 0xffff0007],
    }),
  },
  {
    name: "three prefixes of unlike length in one UPDATE", rfc: "RFC 4271 §4.3", context: INTERNAL,
    hex: `${MARKER} 0041 02  0000  001c
      40 01 01 00  40 02 00  40 03 04 c0000201  80 04 04 00000007  # ORIGIN, AS_PATH, NEXT_HOP, MED
      40 05 04 00000096  18 0a0901  19 0a090200  20 0a090301  # LOCAL_PREF, NLRI`,
    expect: announces(routes("10.9.1.0/24", "10.9.2.0/25", "10.9.3.1/32"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "192.0.2.1" },
      med: 7,
      localPref: 150,
    }),
  },
  {
    name: "IPv6 with a global next hop", rfc: "RFC 4760 §3", context: INTERNAL,
    hex: `${MARKER} 004b 02  0000  0034
      40 01 01 00  40 02 00  40 05 04 00000064  c0 08 04 fde80006  # ORIGIN, AS_PATH, LOCAL_PREF, COMMUNITIES
      80 0e 1c 0002 01 10 20010db8000100000000000000000001 00  30 20010db80065  # MP_REACH`,
    expect: announces(routes("2001:db8:65::/48"), {
      origin: "igp",
      asPath: [],
      nextHop: { address: "2001:db8:1::1" },
      localPref: 100,
      communities: [0xfde80006],
    }),
  },
  {
    name: "an AS_PATH of 300, in two segments", rfc: "RFC 4271 §4.3", context: INTERNAL,
    hex: `${MARKER} 04e5 02  0000  04ca
      40 01 01 00  # ORIGIN
      50 02 04b4 02 ff 0000fc00 0000fc01 0000fc02 0000fc03 0000fc04 0000fc05 0000fc06 0000fc07 0000fc08 0000fc09  # AS_PATH
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
      0000fcfc 0000fcfd 0000fcfe  02 2d 0000fcff 0000fd00 0000fd01 0000fd02 0000fd03 0000fd04 0000fd05 0000fd06
      0000fd07 0000fd08 0000fd09 0000fd0a 0000fd0b 0000fd0c 0000fd0d 0000fd0e 0000fd0f 0000fd10 0000fd11
      0000fd12 0000fd13 0000fd14 0000fd15 0000fd16 0000fd17 0000fd18 0000fd19 0000fd1a 0000fd1b 0000fd1c
      0000fd1d 0000fd1e 0000fd1f 0000fd20 0000fd21 0000fd22 0000fd23 0000fd24 0000fd25 0000fd26 0000fd27
      0000fd28 0000fd29 0000fd2a 0000fd2b
      40 03 04 c0000201  40 05 04 00000064  18 0a0909  # NEXT_HOP, LOCAL_PREF, NLRI`,
    expect: announces(routes("10.9.9.0/24"), {
      origin: "igp",
      asPath: [
        { kind: "sequence", asns: Array.from({ length: 255 }, (_, i) => 64512 + i) },
        { kind: "sequence", asns: Array.from({ length: 45 }, (_, i) => 64767 + i) },
      ],
      nextHop: { address: "192.0.2.1" },
      localPref: 100,
    }),
  },
  {
    name: "IPv4 withdrawn", rfc: "RFC 4271 §4.3", context: INTERNAL,
    hex: `${MARKER} 001c 02  0005  19 0a090200  0000  # withdrawn`, expect: withdraws(routes("10.9.2.0/25")),
  },
  {
    name: "IPv6 withdrawn, with attributes that mean nothing", rfc: "RFC 4760 §4", context: INTERNAL,
    hex: `${MARKER} 0032 02  0000  001b
      40 01 01 00  40 02 00  40 05 04 00000064  # ORIGIN, AS_PATH, LOCAL_PREF
      80 0f 0a 0002 01  30 20010db80065  # MP_UNREACH`,
    expect: withdraws(routes("2001:db8:65::/48")),
  },
  {
    name: "IPv4 withdrawn in MP_UNREACH_NLRI, with attributes that mean nothing", rfc: "RFC 4760 §4", context: IPV6_HOP,
    hex: `${MARKER} 002d 02  0000  0016
      40 01 01 00  40 02 06 02 01 0000fde8  80 0f 06 0001 01  10 0a02  # ORIGIN, AS_PATH, MP_UNREACH`,
    expect: withdraws(routes("10.2.0.0/16")),
  },
  {
    name: "NOTIFICATION: message of 18 octets, in words", rfc: "RFC 4271 §6.1",
    hex: `${MARKER} 003d 03
      01 02 4f50454e2068617320616e20696e76616c6964206d657373616765206c656e677468206f66203138`,
    expect: notifies(1, 2, hexOf("OPEN has an invalid message length of 18")),
  },
  {
    name: "NOTIFICATION: it does not speak version 3, and calls it a header error of no kind", rfc: "RFC 4271 §6.1",
    hex: `${MARKER} 003e 03
      01 00  63616e206e6f74206465636f64652075 7064617465206d657373616765206f66 207479706520223122`,
    expect: notifies(1, 0, hexOf('can not decode update message of type "1"')),
  },
  {
    name: "NOTIFICATION: not the AS that was configured, in words", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 004b 03
      02 02  41534e20696e204f50454e2028363530 39392920646964206e6f74206d617463 682041534e2065787065637465642028
      363530313529`,
    expect: notifies(2, 2, hexOf("ASN in OPEN (65099) did not match ASN expected (65015)")),
  },
  {
    name: "NOTIFICATION: router id 0, in words", rfc: "RFC 6286 §2.2",
    hex: `${MARKER} 0034 03
      02 03 302e302e302e3020697320616e20696e76616c696420726f757465725f6964`,
    expect: notifies(2, 3, hexOf("0.0.0.0 is an invalid router_id")),
  },
  {
    name: "NOTIFICATION: hold time of two seconds, in words", rfc: "RFC 4271 §6.2",
    hex: `${MARKER} 002d 03  02 06 486f6c642054696d6520697320696e76616c696420283229`,
    expect: notifies(2, 6, hexOf("Hold Time is invalid (2)")),
  },
  {
    name: "NOTIFICATION: subcode of its own: not without multi-session", rfc: "RFC 5492",
    hex: `${MARKER} 003d 03
      02 09 6d756c746973657373696f6e206973206d616e6461746f7279207769746820746869732070656572`,
    expect: notifies(2, 9, hexOf("multisession is mandatory with this peer")),
  },
  {
    name: "NOTIFICATION: attributes longer than their message, in words", rfc: "RFC 4271 §6.3",
    hex: `${MARKER} 0053 03
      03 01  696e76616c696420746f74616c207061 746820617474726962757465206c656e 6774682c206e6f7420656e6f75676820
      6461746120617661696c61626c65`,
    expect: notifies(3, 1, hexOf("invalid total path attribute length, not enough data available")),
  },
  { name: "NOTIFICATION: hold timer expired", rfc: "RFC 4271 §6.5", hex: `${MARKER} 0015 03  04 00`, expect: notifies(4, 0) },
  {
    name: "NOTIFICATION: KEEPALIVE before OPEN, in words", rfc: "RFC 6608 §3",
    hex: `${MARKER} 0051 03
      05 01  546865206669727374207061636b6574 207265636569766564206973206e6f74 20616e206f70656e206d657373616765
      20284b454550414c49564529`,
    expect: notifies(5, 1, hexOf("The first packet received is not an open message (KEEPALIVE)")),
  },
  {
    name: "NOTIFICATION: reset by its operator: text with no length before it", rfc: "RFC 4486 §4, not RFC 9003",
    hex: `${MARKER} 002a 03  06 04 1441646d696e697374726174697665205265736574`,
    expect: notifies(6, 4, hexOf("Administrative Reset")),
  },
  {
    name: "NOTIFICATION: configuration changed", rfc: "RFC 4486 §4",
    hex: `${MARKER} 002f 03  06 06 4f7468657220436f6e66696775726174696f6e204368616e6765`,
    expect: notifies(6, 6, hexOf("Other Configuration Change")),
  },
  {
    name: "NOTIFICATION: out of resources", rfc: "RFC 4486 §4",
    hex: `${MARKER} 0025 03  06 08 4f7574206f66205265736f7572636573`, expect: notifies(6, 8, hexOf("Out of Resources")),
  },
]);

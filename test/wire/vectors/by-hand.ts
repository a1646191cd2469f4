/**
 * What real daemons seldom or never send: rare but right, and wrong. Written from the RFCs, octet by octet.
 * A refused message is stated as the NOTIFICATION it earns: `{ refused: { code, subcode, data } }`.
 */

import { type Vector, path, routes } from "./vector.ts";

const INTERNAL = { fourOctetAs: true, internal: true } as const;
const OLD_SPEAKER = { fourOctetAs: false, internal: true } as const;

const MARKER = "ffffffff ffffffff ffffffff ffffffff";
const ORIGIN = "40 01 01 00";
const AS_PATH = "40 02 06 02 01 0000fde9";
const NEXT_HOP = "40 03 04 0a000001";
const LOCAL_PREF = "40 05 04 00000064";

const OPENS: readonly Vector[] = [
  {
    name: "OPEN with the long form of parameters although they are short",
    rfc: "RFC 9072 §2",
    from: "by hand",
    hex: `${MARKER} 0029 01 04 fde9 005a 0a000001
      0c ff 0009       # this length means nothing, type 255, the length that counts
      02 0006          # capabilities, two octets of length
      41 04 0000fde9   # four-octet AS 65001`,
    expect: {
      kind: "open",
      asn: 65001,
      holdTimeSec: 90,
      routerId: 0x0a000001,
      capabilities: [{ kind: "four-octet-as", asn: 65001 }],
    },
  },
  {
    name: "OPEN with an optional parameter that nobody uses any more",
    rfc: "RFC 4271 §6.2",
    from: "by hand",
    hex: `${MARKER} 001f 01 04 fde9 005a 0a000001 02 01 00 # authentication information`,
    expect: { refused: { code: 2, subcode: 4, data: "" } },
  },
  {
    name: "OPEN of version 3",
    rfc: "RFC 4271 §6.2",
    from: "by hand",
    hex: `${MARKER} 001d 01 03 fde9 005a 0a000001 00`,
    expect: { refused: { code: 2, subcode: 1, data: "0004" } },
  },
  {
    name: "OPEN of AS 0, by way of the capability",
    rfc: "RFC 7607 §2",
    from: "by hand",
    hex: `${MARKER} 0025 01 04 5ba0 005a 0a000001 08 02 06 41 04 00000000`,
    expect: { refused: { code: 2, subcode: 2, data: "" } },
  },
  {
    name: "OPEN with a hold time of two seconds",
    rfc: "RFC 4271 §6.2",
    from: "by hand",
    hex: `${MARKER} 001d 01 04 fde9 0002 0a000001 00`,
    expect: { refused: { code: 2, subcode: 6, data: "" } },
  },
  {
    name: "OPEN with the router id 0.0.0.0",
    rfc: "RFC 6286 §2.1",
    from: "by hand",
    hex: `${MARKER} 001d 01 04 fde9 0000 00000000 00`,
    expect: { refused: { code: 2, subcode: 3, data: "" } },
  },
  {
    name: "OPEN with a graceful restart capability whose only family is cut off",
    rfc: "RFC 5492 §5",
    from: "by hand",
    hex: `${MARKER} 0024 01 04 fde9 005a 0a000001 07 02 05 40 03 007801`,
    expect: { kind: "open", capabilities: [{ kind: "unknown", code: 64, value: "007801" }] },
  },
];

const UPDATES: readonly Vector[] = [
  {
    name: "IPv4 routes with an IPv6 next hop",
    rfc: "RFC 8950 §3",
    from: "by hand",
    context: { ...INTERNAL, extendedNextHop: new Set(["ipv4"]) },
    hex: `${MARKER} 0047 02 0000 0030
      80 0e 19 0001 01 10 20010db8000000000000000000000001 00 18 0a0102
      ${ORIGIN} ${AS_PATH} ${LOCAL_PREF}`,
    expect: {
      announced: [{ nlri: routes("10.1.2.0/24"), attributes: { nextHop: { address: "2001:db8::1" }, localPref: 100 } }],
      faults: [],
    },
  },
  {
    name: "an IPv6 next hop of IPv4 routes that was not agreed",
    rfc: "RFC 7606 §7.11",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 0047 02 0000 0030
      80 0e 19 0001 01 10 20010db8000000000000000000000001 00 18 0a0102
      ${ORIGIN} ${AS_PATH} ${LOCAL_PREF}`,
    expect: {
      refused: { code: 3, subcode: 9, data: "800e1900010110 20010db8000000000000000000000001 00180a0102".replace(/ /g, "") },
    },
  },
  {
    name: "everything in one UPDATE: both families, announced and withdrawn",
    rfc: "RFC 4760 §3",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 0060 02
      0003 10 0a02                                                                 # withdrawn 10.2.0.0/16
      0043
      80 0f 08 0002 01 20 20010db9                                                 # withdrawn 2001:db9::/32
      80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8          # 2001:db8::/32
      ${ORIGIN} ${AS_PATH} ${NEXT_HOP} ${LOCAL_PREF}
      10 0a01                                                                      # 10.1.0.0/16`,
    expect: {
      withdrawn: [routes("10.2.0.0/16"), routes("2001:db9::/32")],
      announced: [
        { nlri: routes("10.1.0.0/16"), attributes: { nextHop: { address: "10.0.0.1" } } },
        { nlri: routes("2001:db8::/32"), attributes: { nextHop: { address: "2001:db8::1" } } },
      ],
      faults: [],
    },
  },
  {
    name: "an IPv6 next hop with nothing in the place of the global address",
    rfc: "RFC 2545 §3",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 0051 02 0000 003a
      80 0e 2a 0002 01 20 00000000000000000000000000000000 fe800000000000000000000000000001 00 20 20010db8
      ${ORIGIN} ${AS_PATH}`,
    expect: { announced: [{ nlri: routes("2001:db8::/32"), attributes: { nextHop: { address: "fe80::1" } } }] },
  },
  {
    name: "an end of the routes of a family that we do not carry",
    rfc: "RFC 4724 §2",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 001d 02 0000 0006 80 0f 03 0019 41`,
    expect: { kind: "update", withdrawn: [], announced: [], faults: [] },
  },
  {
    name: "path identifiers, and host bits that mean nothing",
    rfc: "RFC 7911 §3",
    from: "by hand",
    context: { ...INTERNAL, addPathReceive: new Set(["ipv4"]) },
    hex: `${MARKER} 0039 02 0000 0014 ${ORIGIN} ${AS_PATH} ${NEXT_HOP}
      00000007 10 0a01
      ffffffff 0c 0aff`,
    expect: { announced: [{ nlri: [path(7, "10.1.0.0/16"), path(0xffffffff, "10.240.0.0/12")] }] },
  },
  {
    name: "an unknown transitive attribute goes on, marked as not understood",
    rfc: "RFC 4271 §5",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 0033 02 0000 0019 ${ORIGIN} ${AS_PATH} ${NEXT_HOP} c0 63 02 abcd 10 0a01`,
    expect: { announced: [{ attributes: { unknown: [{ code: 99, flags: 0xe0, value: "abcd" }] } }], faults: [] },
  },
  {
    name: "a well-known attribute that we do not know",
    rfc: "RFC 4271 §6.3",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 0033 02 0000 0019 ${ORIGIN} ${AS_PATH} ${NEXT_HOP} 40 63 02 abcd 10 0a01`,
    expect: { refused: { code: 3, subcode: 2, data: "406302abcd" } },
  },
  {
    name: "an attribute that runs past its section: the routes behind it are withdrawn",
    rfc: "RFC 7606 §4",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 0032 02 0000 0018 ${ORIGIN} ${AS_PATH} ${NEXT_HOP} c0 08 08 00 10 0a01`,
    expect: {
      withdrawn: [routes("10.1.0.0/16")],
      announced: [],
      faults: [{ code: 0, severity: "treat-as-withdraw", bytes: "c0080800" }],
    },
  },
  {
    name: "a prefix of 33 bits",
    rfc: "RFC 7606 §5.3",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 0031 02 0000 0014 ${ORIGIN} ${AS_PATH} ${NEXT_HOP} 21 0a000001 00`,
    expect: { refused: { code: 3, subcode: 10, data: "" } },
  },
  {
    name: "an AS_SET, which is out of use",
    rfc: "RFC 9774 §3",
    from: "by hand",
    context: INTERNAL,
    hex: `${MARKER} 0034 02 0000 001a ${ORIGIN} 40 02 0c 02 01 0000fde9 01 01 0000fdea ${NEXT_HOP} 10 0a01`,
    expect: { withdrawn: [routes("10.1.0.0/16")], announced: [], faults: [{ code: 2, severity: "treat-as-withdraw" }] },
  },
  {
    name: "an AS_SET where the operator still accepts them",
    rfc: "RFC 9774 §3",
    from: "by hand",
    context: { ...INTERNAL, asSets: "accept" },
    hex: `${MARKER} 0034 02 0000 001a ${ORIGIN} 40 02 0c 02 01 0000fde9 01 01 0000fdea ${NEXT_HOP} 10 0a01`,
    expect: {
      announced: [
        {
          attributes: {
            asPath: [
              { kind: "sequence", asns: [65001] },
              { kind: "set", asns: [65002] },
            ],
          },
        },
      ],
    },
  },
  {
    name: "an old speaker's AS_PATH, and what it stands for",
    rfc: "RFC 6793 §4.2.3",
    from: "by hand",
    context: OLD_SPEAKER,
    hex: `${MARKER} 003d 02 0000 0023 ${ORIGIN}
      40 02 08 02 03 fde9 5ba0 5ba0
      c0 11 0a 02 02 00011170 00011171
      ${NEXT_HOP} 10 0a01`,
    expect: { announced: [{ attributes: { asPath: [{ kind: "sequence", asns: [65001, 70000, 70001] }] } }] },
  },
  {
    name: "an old speaker aggregated again: what is in four octets is out of date",
    rfc: "RFC 6793 §4.2.3",
    from: "by hand",
    context: OLD_SPEAKER,
    hex: `${MARKER} 0051 02 0000 0037 ${ORIGIN}
      40 02 08 02 03 fde9 5ba0 5ba0
      c0 07 06 fde9 0a000001
      c0 12 08 00011170 0a000002
      c0 11 0a 02 02 00011170 00011171
      ${NEXT_HOP} 10 0a01`,
    expect: {
      announced: [
        {
          attributes: {
            asPath: [{ kind: "sequence", asns: [65001, 23456, 23456] }],
            aggregator: { asn: 65001, address: "10.0.0.1" },
          },
        },
      ],
    },
  },
];

const OTHERS: readonly Vector[] = [
  {
    name: "a hard reset, with the reason in it",
    rfc: "RFC 8538 §3.1",
    from: "by hand",
    hex: `${MARKER} 001d 03 06 09 06 02 05 68656c6c6f`,
    expect: { kind: "notification", notification: { code: 6, subcode: 9, data: "06020568656c6c6f" } },
  },
  {
    name: "a begin-of-refresh that is one octet too long",
    rfc: "RFC 7313 §5",
    from: "by hand",
    hex: `${MARKER} 0018 05 0001 01 01 00`,
    expect: { refused: { code: 7, subcode: 1, data: "ffffffffffffffffffffffffffffffff0018050001010100" } },
  },
  {
    name: "a request for a refresh with filters behind it, which we never offered to read",
    rfc: "RFC 5291 §4",
    from: "by hand",
    hex: `${MARKER} 0019 05 0001 00 01 0180`,
    expect: { kind: "route-refresh", family: { afi: 1, safi: 1 }, subtype: "request" },
  },
  {
    name: "a KEEPALIVE with something in it",
    rfc: "RFC 4271 §6.1",
    from: "by hand",
    hex: `${MARKER} 0014 04 00`,
    expect: { refused: { code: 1, subcode: 2, data: "0014" } },
  },
  {
    name: "a message of a type that does not exist",
    rfc: "RFC 4271 §6.1",
    from: "by hand",
    hex: `${MARKER} 0013 06`,
    expect: { refused: { code: 1, subcode: 3, data: "06" } },
  },
  {
    name: "a marker with a zero in it, and nothing else right either",
    rfc: "RFC 4271 §6.1",
    from: "by hand",
    hex: `ffffffff ffffffff ffffffff ffffff00 0001 09`,
    expect: { refused: { code: 1, subcode: 1, data: "" } },
  },
];

export const BY_HAND: readonly Vector[] = [...OPENS, ...UPDATES, ...OTHERS];

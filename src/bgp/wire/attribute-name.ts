/**
 * What attributes are called in their RFCs, also those that we only carry along.
 * Pure. IANA, "BGP Path Attributes".
 */

const NAMES: { readonly [code: number]: string } = {
  1: "ORIGIN",
  2: "AS_PATH",
  3: "NEXT_HOP",
  4: "MULTI_EXIT_DISC",
  5: "LOCAL_PREF",
  6: "ATOMIC_AGGREGATE",
  7: "AGGREGATOR",
  8: "COMMUNITIES",
  9: "ORIGINATOR_ID",
  10: "CLUSTER_LIST",
  14: "MP_REACH_NLRI",
  15: "MP_UNREACH_NLRI",
  16: "EXTENDED_COMMUNITIES",
  17: "AS4_PATH",
  18: "AS4_AGGREGATOR",
  22: "PMSI_TUNNEL",
  23: "TUNNEL_ENCAPSULATION",
  25: "IPV6_EXTENDED_COMMUNITIES",
  26: "AIGP",
  29: "BGP-LS",
  32: "LARGE_COMMUNITY",
  33: "BGPSEC_PATH",
  35: "OTC",
  40: "BGP_PREFIX_SID",
  128: "ATTR_SET",
};

/** "AS_PATH"; "attribute 99" where the registry has no name; for 0 the section in which nothing could be told apart. */
export function attributeName(code: number): string {
  return code === 0 ? "path attributes" : (NAMES[code] ?? `attribute ${code}`);
}

/**
 * What two speakers agreed on that changes the bytes: families, AS width, message length, add-path.
 * Pure. RFC 4760 (families), RFC 6793, RFC 8654, RFC 7911.
 */

/** A family that this speaker carries; each has one row in FAMILIES. */
export type Family = "ipv4" | "ipv6";

/** AFI and SAFI as they stand on the wire, known to us or not. */
export interface FamilyCode {
  readonly afi: number;
  readonly safi: number;
}

export interface FamilyRow extends FamilyCode {
  readonly family: Family;
  readonly version: 4 | 6;
}

export const FAMILIES: { readonly [F in Family]: FamilyRow } = {
  ipv4: { family: "ipv4", afi: 1, safi: 1, version: 4 },
  ipv6: { family: "ipv6", afi: 2, safi: 1, version: 6 },
};

export const ALL_FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** Our family with that code, or undefined for one we do not carry. */
export function familyOf(code: FamilyCode): Family | undefined {
  return ALL_FAMILIES.find((family) => FAMILIES[family].afi === code.afi && FAMILIES[family].safi === code.safi);
}

/** Everything a codec must know about one session; built once when the session comes up. */
export interface CodecContext {
  /** AS numbers in AS_PATH and AGGREGATOR take four octets (RFC 6793). */
  readonly fourOctetAs: boolean;
  readonly maxMessageBytes: 4096 | 65535;
  /** Families whose NLRI carry a path identifier, by direction (RFC 7911). */
  readonly addPathReceive: ReadonlySet<Family>;
  readonly addPathSend: ReadonlySet<Family>;
  /** Families whose NLRI may have an IPv6 next hop although they are IPv4 (RFC 8950). */
  readonly extendedNextHop: ReadonlySet<Family>;
  /** The peer is in our AS: LOCAL_PREF and the reflection attributes are meant for us. */
  readonly internal: boolean;
  /** RFC 9774 §3 withdraws routes with AS_SETs unless the operator, in transition, says otherwise. */
  readonly asSets?: "accept";
}

/** Before OPENs are exchanged: nothing is agreed yet. */
export const INITIAL_CONTEXT: CodecContext = {
  fourOctetAs: false,
  maxMessageBytes: 4096,
  addPathReceive: new Set(),
  addPathSend: new Set(),
  extendedNextHop: new Set(),
  internal: false,
};

/** What mutations start from: every recorded vector that is one whole message, by the agreement it was recorded under. */

import { type CodecContext, INITIAL_CONTEXT } from "../../src/bgp/wire/context.ts";
import * as bird from "../wire/vectors/bird.ts";
import * as byHand from "../wire/vectors/by-hand.ts";
import * as exabgp from "../wire/vectors/exabgp.ts";
import * as frr from "../wire/vectors/frr.ts";
import * as gobgp from "../wire/vectors/gobgp.ts";
import { type Vector, bytesOf } from "../wire/vectors/vector.ts";
import { HEADER_BYTES } from "./anatomy.ts";
import type { Random } from "./random.ts";

export interface Specimen {
  readonly name: string;
  readonly kind: SpecimenKind;
  readonly bytes: Uint8Array;
  readonly context: CodecContext;
}

export type SpecimenKind = "open" | "update" | "notification" | "keepalive" | "route-refresh";

const KINDS: readonly (SpecimenKind | undefined)[] = [undefined, "open", "update", "notification", "keepalive", "route-refresh"];

const VECTORS = [bird, byHand, exabgp, frr, gobgp].flatMap((file) => Object.values(file) as readonly (readonly Vector[])[]).flat();

export const CORPUS: readonly Specimen[] = VECTORS.flatMap((vector): readonly Specimen[] => {
  const bytes = bytesOf(vector);
  const kind = KINDS[bytes[HEADER_BYTES - 1] ?? 0];
  return kind ? [{ name: `${vector.from}: ${vector.name}`, kind, bytes, context: { ...INITIAL_CONTEXT, ...vector.context } }] : [];
});

/** UPDATEs are most of what a peer says, and most of what can be wrong. */
const WEIGHTS: readonly SpecimenKind[] = [...Array<SpecimenKind>(14).fill("update"), "open", "open", "open", "notification", "route-refresh", "keepalive"];

export function anySpecimen(random: Random): Specimen {
  return random.pick(specimens(random.pick(WEIGHTS)));
}

export function specimens(kind: SpecimenKind): readonly Specimen[] {
  return BY_KIND[kind];
}

const BY_KIND: { readonly [Kind in SpecimenKind]: readonly Specimen[] } = {
  open: CORPUS.filter(({ kind }) => kind === "open"),
  update: CORPUS.filter(({ kind }) => kind === "update"),
  notification: CORPUS.filter(({ kind }) => kind === "notification"),
  keepalive: CORPUS.filter(({ kind }) => kind === "keepalive"),
  "route-refresh": CORPUS.filter(({ kind }) => kind === "route-refresh"),
};

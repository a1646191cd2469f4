/** Changes of best paths as the speaker would draft them. */

import { addressToBytes } from "../../src/ip/address.ts";
import { prefixLength, prefixToBytes } from "../../src/ip/prefix.ts";
import { CAUSE_CODES, CHANGES, ChangeDraft, DIFFERENCES, ORIGINS, RULE_NAMES, type RouteChange } from "../../src/history/change.ts";

export function draftOf<Source>(change: RouteChange<Source>): ChangeDraft<Source> {
  const draft = new ChangeDraft<Source>();
  const octets = prefixToBytes(change.prefix);
  draft.atMs = change.atMs;
  draft.change = CHANGES.indexOf(change.change);
  draft.cause = CAUSE_CODES[change.cause];
  draft.rule = RULE_NAMES.indexOf(change.decidedBy);
  draft.differs = change.differs.reduce((bits, name) => bits | (1 << DIFFERENCES.indexOf(name)), 0);
  draft.family = octets.length === 4 ? 0 : 1;
  draft.bits = prefixLength(change.prefix);
  draft.address.set(wordsOf(octets));
  draft.before = change.before;
  draft.after = change.after;
  const { path } = change;
  if (!path) return draft;
  draft.localPref = path.localPref;
  draft.med = path.med;
  draft.asPathLength = path.asPathLength;
  draft.neighbourAs = path.neighbourAs ?? 0;
  draft.origin = ORIGINS.indexOf(path.origin);
  const hop = path.nextHop === undefined ? new Uint8Array(0) : addressToBytes(path.nextHop);
  draft.hopWords = (hop.length / 4) as 0 | 1 | 4;
  draft.nextHop.set(wordsOf(hop));
  return draft;
}

function wordsOf(octets: Uint8Array): readonly number[] {
  const view = new DataView(octets.buffer, octets.byteOffset);
  return Array.from({ length: octets.length / 4 }, (_, at) => view.getUint32(4 * at));
}

/**
 * What a question is: a name, the shape of its arguments, and how it is answered.
 * Pure.
 */

import type { IpAddress } from "../../ip/address.ts";
import { ConfigError, type Shape, type ValueOf, describeFault, readDocument } from "../../speaker/config/schema.ts";
import type { PeerView, SpeakerView } from "../../speaker/view.ts";
import type { Answer, Look } from "../look.ts";
import { nearestOf } from "../../speaker/config/nearest.ts";

type Refused = Extract<Answer, { readonly kind: "refused" }>;

export interface Question {
  readonly name: string;
  readonly summary: string;
  /** Never throws: what is wrong with the arguments is the answer then. */
  ask(look: Look, args: unknown): Answer;
}

export function question<S extends Shape<unknown>>(name: string, summary: string, shape: S, reply: (look: Look, args: ValueOf<S>) => Answer): Question {
  return {
    name,
    summary,
    ask(look, args) {
      try {
        return reply(look, readDocument(shape as Shape<ValueOf<S>>, args));
      } catch (error) {
        if (error instanceof ConfigError) return { kind: "refused", reason: error.faults.map(describeFault).join("; ") };
        throw error;
      }
    },
  };
}

/** With those that there are, for whoever asked. */
export function noSuchQuestion(name: string, known: readonly Question[]): Refused {
  return { kind: "refused", reason: `no such question: ${JSON.stringify(name)} (known: ${known.map((row) => row.name).join(", ")})` };
}

export function findPeer(speaker: SpeakerView, nameOrAddress: string): PeerView | undefined {
  return speaker.peers().find((peer) => peer.name === nameOrAddress || peer.config.address === (nameOrAddress as IpAddress));
}

/** With those that may have been meant. */
export function noSuchPeer(nameOrAddress: string, speaker: SpeakerView): Refused {
  return notAmongPeers(nameOrAddress, speaker.peers().flatMap(({ name, config }) => [name, config.address]));
}

/** The same of peers that are not the running ones alone. */
export function notAmongPeers(nameOrAddress: string, names: readonly string[]): Refused {
  const nearest = nearestOf(nameOrAddress, names);
  const hint = nearest.length > 0 ? `: did you mean ${nearest.join(" or ")}?` : names.length === 0 ? ": there are no peers" : "; see ts-bgp peers";
  return { kind: "refused", reason: `no such peer: ${nameOrAddress}${hint}` };
}

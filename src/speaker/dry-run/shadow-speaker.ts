/**
 * A second speaker for a dry run: same configuration, same neighbours, which announce the same to it. Nothing of it reaches the
 * outside: actions that would are dropped or answered here, and its clock stands still.
 * Pure. Work is done in slices: every generator yields often, and whoever drives it may let others have their turn.
 */

import { INITIAL_CONTEXT } from "../../bgp/wire/context.ts";
import { Framer } from "../../bgp/wire/framer.ts";
import { decodeMessage, encodeMessage } from "../../bgp/wire/message.ts";
import { badPeerAs } from "../../bgp/wire/notification.ts";
import type { DownReason, LinkId } from "../../bgp/session/vocabulary.ts";
import type { ConfigChange, PeerName, SpeakerConfig } from "../config/config.ts";
import type { Session } from "../peers/peers.ts";
import type { TurnLimits } from "../sessions/route-exchange.ts";
import type { Slices } from "../slices.ts";
import { Speaker } from "../speaker.ts";
import type { Fact, ForwardingEntry, SpeakerAction, SpeakerEvent } from "../vocabulary.ts";
import type { Neighbour } from "./neighbour.ts";
import type { SpeakerInternals } from "./speaker-internals.ts";

const LINES_PER_SLICE = 32;
const SHORT_TURN: TurnLimits = { decided: 2048, walked: 2048, joined: 256 }; // the real speaker has turns in between
const PORT = 179; // both ends: nobody looks
const ALL = 0x7fffffff;

export class ShadowSpeaker {
  readonly internals: SpeakerInternals;
  /** What the kernel is to do, as the speaker said last. */
  readonly kernel: (ForwardingEntry | undefined)[] = [];
  readonly #speaker: Speaker;
  readonly #nowMs: number;
  readonly #isUp: (peer: PeerName) => boolean;
  readonly #links = new Map<Neighbour, LinkId | undefined>();
  readonly #hungUp = new Set<LinkId>();
  readonly #downs = new Map<PeerName, DownReason>();
  #changes: readonly ConfigChange[] = [];
  #lastLink = 0;
  #left: "some" | "none" = "none";

  /** `real` lends it the outside: which next hops can be reached, and which paths BFD finds working. */
  constructor(real: SpeakerInternals, nowMs: number) {
    this.#speaker = new Speaker(real.nextHops, { nowMs, packets: real.packets, turn: SHORT_TURN });
    this.#nowMs = nowMs;
    this.#isUp = (name) => real.peers.named(name)?.liveness === "up";
    this.internals = this.#speaker.internals();
  }

  /** What the last configuration changed. */
  get changes(): readonly ConfigChange[] {
    return this.#changes;
  }

  /** Why a session ended since the last configuration; undefined: it did not. */
  downOf(peer: PeerName): DownReason | undefined {
    return this.#downs.get(peer);
  }

  hear(event: SpeakerEvent): void {
    this.#speaker.absorb(event, this.#nowMs);
    this.#turn("later");
  }

  *configure(config: SpeakerConfig): Slices {
    this.#downs.clear();
    yield* this.internals.administration.configuring(config, this.#nowMs);
    this.#turn("later");
  }

  /** Has the neighbour call, and say what it has to say. */
  *meet(neighbour: Neighbour): Slices {
    yield;
    const link = this.#call(neighbour);
    this.#links.set(neighbour, link);
    const session = link === undefined ? undefined : this.#sessionOver(neighbour, link);
    if (link === undefined || !session) return;
    let lines = 0;
    for (const line of neighbour.lines(session.negotiated.codec, session.negotiated.families)) {
      if (this.#hungUp.has(link)) return;
      this.hear({ kind: "bytes", link, bytes: line });
      if (++lines % LINES_PER_SLICE === 0) yield;
    }
    if (neighbour.presence === "away") this.hear({ kind: "closed", link });
  }

  /** Until nothing is undecided: and whoever was hung up on has called once more. */
  *settle(): Slices {
    yield* this.#decide();
    for (const [neighbour, link] of [...this.#links]) {
      if (neighbour.presence === "away" || (link !== undefined && !this.#hungUp.has(link))) continue;
      yield* this.meet(neighbour);
    }
    yield* this.#decide();
  }

  *#decide(): Slices {
    do {
      this.#turn("now");
      yield;
    } while (this.#left === "some");
  }

  /** The link on which both have said OPEN and KEEPALIVE; undefined: one of them would not. */
  #call(neighbour: Neighbour): LinkId | undefined {
    const { address, localAddress, open, ourAs } = neighbour;
    const link = ++this.#lastLink as LinkId;
    this.hear({ kind: "accepted", link, remote: { address, port: PORT }, local: { address: localAddress, port: PORT } });
    if (this.#hungUp.has(link)) return undefined;
    if (this.#openOn(link) !== ourAs) {
      this.#say(link, { kind: "notification", notification: badPeerAs });
      this.hear({ kind: "closed", link });
      return undefined;
    }
    this.#say(link, open);
    this.#say(link, { kind: "keepalive" });
    return this.#sessionOver(neighbour, link) && link;
  }

  #say(link: LinkId, message: Parameters<typeof encodeMessage>[0]): void {
    this.hear({ kind: "bytes", link, bytes: encodeMessage(message, INITIAL_CONTEXT) });
  }

  /** The AS in the OPEN that was sent there. */
  #openOn(link: LinkId): number | undefined {
    const framer = new Framer();
    for (const piece of this.#speaker.transmit(link, ALL).pieces) framer.push(piece);
    const frame = framer.next(INITIAL_CONTEXT.maxMessageBytes);
    const message = frame && decodeMessage(frame, INITIAL_CONTEXT);
    return message?.kind === "open" ? message.asn : undefined;
  }

  #sessionOver({ address }: Neighbour, link: LinkId): Session | undefined {
    const session = this.internals.peers.at(address)?.session;
    return session?.link.id === link ? session : undefined;
  }

  #turn(routes: "now" | "later"): void {
    this.#left = "none";
    const answers: SpeakerEvent[] = [];
    for (const action of this.#speaker.flush(this.#nowMs, routes)) answers.push(...this.#perform(action));
    for (const answer of answers) this.#speaker.absorb(answer, this.#nowMs);
    if (answers.length > 0) this.#turn("later");
    else if (routes === "later") this.#left = "some";
  }

  /** What comes of it. */
  #perform(action: SpeakerAction): readonly SpeakerEvent[] {
    switch (action.kind) {
      case "hang-up":
        this.#hungUp.add(action.link);
        return [{ kind: "closed", link: action.link }];
      case "call-off":
        return [{ kind: "dial-called-off", peer: action.peer }];
      case "watch":
        return action.targets.flatMap(({ peer }) => (this.#isUp(peer) ? [{ kind: "liveness-up" as const, peer }] : []));
      case "forward":
        for (let at = 0; at < action.changes.length; at++) this.kernel[action.changes.prefix(at)] = action.changes.entry(at);
        return [];
      case "unfinished":
        this.#left = "some";
        return [];
      case "report":
        this.#note(action.fact);
        return [];
      default:
        return []; // nobody dials, and no time passes
    }
  }

  #note(fact: Fact): void {
    if (fact.kind === "configured") this.#changes = fact.changes;
    if (fact.kind === "peer-down") this.#downs.set(fact.peer, fact.reason);
    if (fact.kind === "peer-up") this.#downs.delete(fact.peer);
  }
}

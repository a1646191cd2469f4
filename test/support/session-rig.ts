/** One session machine with its settings and its ledger, and short ways to bring it where a test begins. */

import { openFor } from "../../src/bgp/session/negotiate.ts";
import { type PeerState, type SessionState, initialPeer, sessionStateOf, step } from "../../src/bgp/session/peer.ts";
import type { SessionSettings } from "../../src/bgp/session/settings.ts";
import type { LinkId, LinkTimer, PeerAction, PeerEvent, PeerTimer, Side } from "../../src/bgp/session/vocabulary.ts";
import type { Message, Open } from "../../src/bgp/wire/message-types.ts";
import type { Notification } from "../../src/bgp/wire/notification.ts";
import { KEEPALIVE, SETTINGS, STOP, linkId, theirOpen } from "./session-builders.ts";
import { SessionLedger } from "./session-ledger.ts";

export class SessionRig {
  state: PeerState = initialPeer;
  readonly settings: SessionSettings;
  readonly ledger: SessionLedger;
  readonly #ourOpen: Open;

  constructor(settings: SessionSettings = SETTINGS) {
    this.settings = settings;
    this.ledger = new SessionLedger(settings);
    this.#ourOpen = openFor(settings);
  }

  tell(event: PeerEvent): readonly PeerAction[] {
    const { state, actions } = step(this.state, event, this.settings, this.#ourOpen);
    this.state = state;
    this.ledger.observe(event, actions, state);
    return actions;
  }

  get shown(): SessionState {
    return sessionStateOf(this.state);
  }

  start(): readonly PeerAction[] {
    return this.tell({ kind: "start" });
  }

  stop(): readonly PeerAction[] {
    return this.tell(STOP);
  }

  connect(link: number, side: Side): readonly PeerAction[] {
    return this.tell({ kind: "connected", link: linkId(link), side });
  }

  hear(link: number, message: Message): readonly PeerAction[] {
    return this.tell({ kind: "message", link: linkId(link), message });
  }

  disconnect(link: number): readonly PeerAction[] {
    return this.tell({ kind: "disconnected", link: linkId(link) });
  }

  fire(timer: PeerTimer): readonly PeerAction[] {
    return this.tell({ kind: "timer", timer });
  }

  fireOn(link: number, timer: LinkTimer): readonly PeerAction[] {
    return this.tell({ kind: "link-timer", link: linkId(link), timer });
  }

  /** OPEN from a peer that fits our settings; `changes` make it fit less. */
  hearOpen(link: number, changes: Partial<Open> = {}): readonly PeerAction[] {
    return this.hear(link, theirOpen(this.settings, changes));
  }
}

/** A peer whose dial came through as link 1, our OPEN sent. */
export function openSent(settings?: SessionSettings): SessionRig {
  const rig = new SessionRig(settings);
  rig.start();
  rig.connect(1, rig.settings.passive ? "theirs" : "ours");
  return rig;
}

/** Link 1 has exchanged OPENs. */
export function openConfirm(settings?: SessionSettings): SessionRig {
  const rig = openSent(settings);
  rig.hearOpen(1);
  return rig;
}

/** Link 1 carries a session. */
export function established(settings?: SessionSettings): SessionRig {
  const rig = openConfirm(settings);
  rig.hear(1, KEEPALIVE);
  return rig;
}

/** The actions of one kind. */
export function only<Kind extends PeerAction["kind"]>(kind: Kind, actions: readonly PeerAction[]): readonly Extract<PeerAction, { kind: Kind }>[] {
  return actions.filter((action): action is Extract<PeerAction, { kind: Kind }> => action.kind === kind);
}

/** "6/7" for each NOTIFICATION that went out on that link. */
export function notified(link: number, actions: readonly PeerAction[]): readonly string[] {
  return only("send", actions).flatMap(({ link: to, message }) => (to === link && message.kind === "notification" ? [code(message.notification)] : []));
}

export function hungUp(actions: readonly PeerAction[]): readonly LinkId[] {
  return only("hang-up", actions).map(({ link }) => link);
}

/** "open", "keepalive", ... as sent on that link. */
export function sentOn(link: number, actions: readonly PeerAction[]): readonly Message["kind"][] {
  return only("send", actions).flatMap(({ link: to, message }) => (to === link ? [message.kind] : []));
}

export function code({ code: major, subcode }: Notification): string {
  return `${major}/${subcode}`;
}

/**
 * What BFD says about the paths to our peers, and what that means for their sessions.
 * Pure. RFC 5882 §3 and §4.3, RFC 9384 (6/10).
 *
 *   plain     a lost path ends the session; the peer may come back without BFD, because it may not speak it
 *   strict    besides, the session is started only while the path is known to work
 *
 * An operator who switches BFD off, here or there, says nothing about the path: sessions stay (RFC 5882 §3.2).
 */

import { type DownCause, isFailure } from "../../bfd/vocabulary.ts";
import type { Actions } from "../actions.ts";
import type { PeerName } from "../config/config.ts";
import type { Peer, Peers } from "../peers/peers.ts";
import type { Sessions } from "./sessions.ts";
import type { LivenessTarget } from "../vocabulary.ts";

export class Liveness {
  readonly #peers: Peers;
  readonly #sessions: Sessions;
  readonly #actions: Actions;
  /** What was last told to whoever watches. */
  #told = "[]";

  constructor(peers: Peers, sessions: Sessions, actions: Actions) {
    this.#peers = peers;
    this.#sessions = sessions;
    this.#actions = actions;
  }

  /** The peers or their settings may be other ones now. */
  watch(): void {
    const targets: LivenessTarget[] = [];
    for (const peer of this.#peers.all()) {
      const target = targetOf(peer);
      if (target) targets.push(target);
    }
    const asText = JSON.stringify(targets);
    if (asText === this.#told) return;
    this.#told = asText;
    this.#actions.add({ kind: "watch", targets });
  }

  /** Must this peer's session wait for BFD? */
  holds({ config, liveness }: Peer): boolean {
    return config.bfd?.strict === true && liveness !== "up";
  }

  up(name: PeerName, nowMs: number): void {
    const peer = this.#peers.named(name);
    if (!peer?.config.bfd || peer.liveness === "up") return;
    const held = this.holds(peer);
    peer.liveness = "up";
    this.#actions.report({ kind: "bfd-up", peer: name });
    if (held && peer.config.shutdown === undefined && !peer.held) this.#sessions.tell(peer, { kind: "start" }, nowMs);
  }

  lost(name: PeerName, because: DownCause, nowMs: number): void {
    const peer = this.#peers.named(name);
    if (peer?.liveness !== "up") return;
    const failed = isFailure(because);
    peer.liveness = failed ? "lost" : "unknown";
    this.#actions.report({ kind: "bfd-down", peer: name, because });
    if (failed)
      this.#sessions.tell(
        peer,
        this.holds(peer) ? { kind: "stop", cease: "bfd-down", text: "" } : { kind: "liveness-lost" },
        nowMs,
      );
  }
}

function targetOf({ name, config }: Peer): LivenessTarget | undefined {
  const { bfd, address, localAddress, shutdown } = config;
  if (!bfd) return undefined;
  const { intervalMs, multiplier } = bfd;
  return {
    peer: name,
    neighbor: address,
    local: localAddress,
    settings: { intervalMs, multiplier },
    administrative: shutdown === undefined ? "up" : "down",
  };
}

/**
 * Accepted connections that are no session yet: a limit per address and one in all.
 * Pure. A peer's host may be broken or in other hands; whatever it opens and leaves open, it holds a bounded number of
 * our sockets.
 *
 *   accepted ──► pending ──► session       a connection that was hung up stays pending until it is really gone
 *                   └──────► gone
 */

import type { IpAddress } from "../../ip/address.ts";
import type { LinkId } from "../../bgp/session/vocabulary.ts";
import { type LimitsConfig, NO_CALLS } from "../config/config.ts";

export class PendingConnections {
  readonly #addresses = new Map<LinkId, IpAddress>();
  readonly #perAddress = new Map<IpAddress, number>();
  limits: LimitsConfig = NO_CALLS;
  /** Connections that were one too many, so far. */
  refused = 0;

  get count(): number {
    return this.#addresses.size;
  }

  /** One more; answers the limit that it would break, and then it is not counted as pending. */
  enter(link: LinkId, address: IpAddress): keyof LimitsConfig | undefined {
    const limit = this.#limitReached(address);
    if (limit) {
      this.refused++;
      return limit;
    }
    this.#addresses.set(link, address);
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    return undefined;
  }

  /** It became a session, or is gone. Nothing happens for one that was refused, or that we opened. */
  leave(link: LinkId): void {
    const address = this.#addresses.get(link);
    if (address === undefined) return;
    this.#addresses.delete(link);
    const left = (this.#perAddress.get(address) ?? 0) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }

  #limitReached(address: IpAddress): keyof LimitsConfig | undefined {
    if (this.#addresses.size >= this.limits.pendingInAll) return "pendingInAll";
    return (this.#perAddress.get(address) ?? 0) >= this.limits.pendingPerAddress ? "pendingPerAddress" : undefined;
  }
}

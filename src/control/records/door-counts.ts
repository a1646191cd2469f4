/**
 * Who comes to a door through which one looks in, and who is turned away.
 * Pure.
 */

/** Why a client was turned away, or left. */
export const TURNED_AWAY = ["too-many-clients", "too-many-requests", "too-long", "too-slow", "idle", "malformed"] as const;
export type TurnedAway = (typeof TURNED_AWAY)[number];

export class DoorCounts {
  clients = 0;
  connections = 0;
  requests = 0;
  readonly turnedAway: Record<TurnedAway, number> = { "too-many-clients": 0, "too-many-requests": 0, "too-long": 0, "too-slow": 0, idle: 0, malformed: 0 };

  came(): void {
    this.clients++;
    this.connections++;
  }

  left(): void {
    this.clients--;
  }
}

/** A door and what was counted there. */
export interface DoorView {
  /** Path of a socket, or "metrics". */
  readonly door: string;
  readonly counts: DoorCounts;
}

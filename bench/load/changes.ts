/**
 * Changes of single routes on their way to every client: when each was sent, and when the last client had it.
 * Guards the door to the clock.
 */

import type { Fleet } from "./fleet.ts";
import { Histogram } from "./histogram.ts";
import { changeOf } from "./octets.ts";

const REMEMBERED = 1 << 16; // changes under way at the same time, and then some

export class Changes {
  /** Until the last client had it. */
  readonly toAll = new Histogram();
  /** Until each client had it. */
  readonly toEach = new Histogram();
  /** Changed again before everybody had heard of it, or never heard by all. */
  overtaken = 0;
  completed = 0;
  readonly #fleet: Fleet;
  readonly #changers: number;
  readonly #sentMs = new Float64Array(REMEMBERED);
  readonly #left = new Int32Array(REMEMBERED);
  readonly #numberAt = new Uint32Array(REMEMBERED);
  readonly #onCompleted: () => void;
  #number = 0;
  #next = 0;

  constructor(fleet: Fleet, changers: number, onCompleted: () => void = () => undefined) {
    this.#fleet = fleet;
    this.#changers = changers;
    this.#onCompleted = onCompleted;
    fleet.heard.onVersion = (med) => this.#heard(med);
  }

  /** Another of the changing clients each time, and each time it comes around another prefix of it. */
  sendNext(): void {
    const { layout } = this.#fleet;
    const client = this.#next % this.#changers;
    const round = Math.floor(this.#next++ / this.#changers);
    const set = layout.soleSet[client] as number;
    if (set < 0 || !this.#fleet.isEstablished(client)) return;
    const first = layout.setFirst[set] as number;
    this.#send(client, set, first + (round % ((layout.setFirst[set + 1] as number) - first)));
  }

  /** Everything so far was warm-up. */
  startCounting(): void {
    this.toAll.clear();
    this.toEach.clear();
    this.overtaken = 0;
    this.completed = 0;
  }

  get underWay(): number {
    return this.#left.reduce((count, left) => count + (left > 0 ? 1 : 0), 0);
  }

  #send(client: number, set: number, prefix: number): void {
    const { layout, heard } = this.#fleet;
    const before = (heard.med[prefix] as number) % REMEMBERED;
    if (this.#numberAt[before] === heard.med[prefix] && (this.#left[before] as number) > 0) this.#giveUp(before);
    const number = ++this.#number;
    const slot = number % REMEMBERED;
    if ((this.#left[slot] as number) > 0) this.#giveUp(slot);
    this.#numberAt[slot] = number;
    this.#left[slot] = layout.plan.clients - 1;
    heard.med[prefix] = number;
    const bytes = changeOf(layout, client, set, prefix, number);
    this.#sentMs[slot] = performance.now();
    this.#fleet.send(client, bytes);
  }

  #giveUp(slot: number): void {
    this.#left[slot] = 0;
    this.overtaken++;
  }

  #heard(med: number): void {
    const slot = med % REMEMBERED;
    if (this.#numberAt[slot] !== med || (this.#left[slot] as number) <= 0) return;
    const ms = performance.now() - (this.#sentMs[slot] as number);
    this.toEach.add(ms);
    const left = (this.#left[slot] as number) - 1;
    this.#left[slot] = left;
    if (left > 0) return;
    this.toAll.add(ms);
    this.completed++;
    this.#onCompleted();
  }
}

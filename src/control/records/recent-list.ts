/**
 * The last so many of something, each with its place among all there were.
 * Pure. A reader's place is a number: whoever is late finds `first` beyond it, and knows how many it missed.
 */

export class RecentList<Item> {
  readonly #most: number;
  /** The item at place n stands at n modulo `most`. */
  readonly #items: Item[] = [];
  #first = 0;
  #end = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The oldest makes room. */
  push(item: Item): void {
    this.#items[this.#end++ % this.#most] = item;
    if (this.#end - this.#first > this.#most) this.#first++;
  }

  /** Place of the oldest that is here. */
  get first(): number {
    return this.#first;
  }

  /** Place of the next one. */
  get end(): number {
    return this.#end;
  }

  /** From `first` to `end`, which is not included. */
  at(place: number): Item {
    return this.#items[place % this.#most] as Item;
  }

  /** The oldest is not wanted any more. */
  dropFirst(): Item {
    return this.at(this.#first++);
  }
}

/**
 * The table of neighbours: sorted by any column, narrowed by any word.
 */

type PeerRow = import("../../answers/peer.ts").PeerRow;

interface SessionColumn {
  readonly title: string;
  readonly number: boolean;
  readonly value: (peer: PeerRow) => string | number;
}

const MAX_SESSION_ROWS = 300; // a browser lays out no more of them at once without stumbling

const SESSION_COLUMNS: readonly SessionColumn[] = [
  { title: "Neighbour", number: false, value: ({ name }) => name },
  { title: "Address", number: false, value: ({ address }) => address },
  { title: "AS", number: true, value: ({ asn }) => asn },
  { title: "State", number: false, value: ({ state, lastError }) => (state === "Established" || lastError === null ? state : `${state}: ${lastError.text}`) },
  { title: "Since", number: true, value: ({ since }) => Date.parse(since) },
  { title: "Received", number: true, value: (peer) => countOf(peer, "received") },
  { title: "Accepted", number: true, value: (peer) => countOf(peer, "accepted") },
  { title: "Best", number: true, value: (peer) => countOf(peer, "best") },
  { title: "Told", number: true, value: (peer) => countOf(peer, "advertised") },
];

function countOf({ families }: PeerRow, what: "received" | "accepted" | "best" | "advertised"): number {
  return Object.values(families).reduce((sum, family) => sum + family[what], 0);
}

/** up, start, down: the class by which a state is coloured. */
function tintOf({ state, shutdown }: PeerRow): "up" | "start" | "down" {
  if (state === "Established") return "up";
  return shutdown === null ? "start" : "down";
}

class SessionTable {
  readonly #note: HTMLElement;
  readonly #body = element("tbody", {});
  readonly #words: HTMLInputElement;
  readonly #choose: (peer: PeerRow) => void;
  #peers: readonly PeerRow[] = [];
  #chosen = "";
  #order = { column: 0, sign: 1 };

  constructor(choose: (peer: PeerRow) => void) {
    const { section, note } = sectionOf("sessions");
    this.#choose = choose;
    this.#note = note;
    this.#words = element("input", { title: "narrow the table" });
    this.#words.placeholder = "name, address, state …";
    this.#words.addEventListener("input", () => this.#draw());
    const titles = SESSION_COLUMNS.map(({ title, number }, at) => element("th", { class: number ? "number" : "" }, element("button", { click: () => this.#sortBy(at) }, title)));
    const form = element("form", {}, this.#words);
    form.addEventListener("submit", (event) => event.preventDefault());
    section.append(form, element("div", { class: "scroll" }, element("table", {}, element("thead", {}, element("tr", {}, ...titles)), this.#body)));
  }

  show(peers: readonly PeerRow[]): void {
    this.#peers = peers;
    this.#draw();
  }

  mark(name: string): void {
    this.#chosen = name;
    this.#draw();
  }

  #sortBy(column: number): void {
    this.#order = { column, sign: this.#order.column === column ? -this.#order.sign : 1 };
    this.#draw();
  }

  #draw(): void {
    const words = this.#words.value.toLowerCase().split(/\s+/);
    const matching = this.#peers.filter((peer) => {
      const text = SESSION_COLUMNS.map(({ value }) => value(peer)).join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const { column, sign } = this.#order;
    const value = SESSION_COLUMNS[column]?.value ?? (() => 0);
    const sorted = matching.sort((a, b) => sign * compare(value(a), value(b)));
    this.#note.textContent = `${this.#peers.filter(({ state }) => state === "Established").length} of ${this.#peers.length} up` + (sorted.length > MAX_SESSION_ROWS ? `, the first ${MAX_SESSION_ROWS} shown` : "");
    this.#body.replaceChildren(...sorted.slice(0, MAX_SESSION_ROWS).map((peer) => this.#row(peer)));
  }

  #row(peer: PeerRow): HTMLElement {
    const cells = SESSION_COLUMNS.map((column, at) => {
      const text = column.title === "Since" ? duration(Date.now() - Date.parse(peer.since)) : String(column.value(peer));
      const cell = element("td", { class: column.number ? "number" : "" }, text);
      if (at === 0) cell.prepend(element("span", { class: `dot ${tintOf(peer)}` }));
      return cell;
    });
    return element("tr", { class: peer.name === this.#chosen ? "choice chosen" : "choice", click: () => this.#choose(peer) }, ...cells);
  }
}

function compare(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}

/**
 * What changed lately: how much by the second, and the latest of it.
 */

type HistoryRow = import("../../answers/events.ts").HistoryRow;
type EventRow = Extract<HistoryRow, { readonly kind: "route" | "fact" }>;

const SPAN_MS = 10 * 60_000;
const BARS = 120;
const MAX_EVENTS = 20_000;
const LISTED = 100;
const ASKED = "10000"; // rows at a time
const FIRST_SPANS = ["10m", "1m", "5s"] as const; // the longest of which there are not too many
const OVERLAP_MS = 1000;

class Timeline {
  readonly #note: HTMLElement;
  readonly #bars = element("div", { class: "bars" });
  readonly #body = element("tbody", {});
  readonly #choose: (prefix: string) => void;
  #events: EventRow[] = [];
  /** On the daemon's clock. */
  #seenUntil = "";
  #askedAtMs = 0;

  constructor(choose: (prefix: string) => void) {
    const { section, note } = sectionOf("timeline");
    this.#choose = choose;
    this.#note = note;
    const ends = element("div", { class: "ends quiet" }, element("span", {}, `${duration(SPAN_MS)} ago`), element("span", {}, "now"));
    section.append(this.#bars, ends, element("div", { class: "scroll" }, element("table", {}, this.#body)));
  }

  async refresh(): Promise<void> {
    try {
      await this.#ask();
      this.#draw();
    } catch (error) {
      this.#note.textContent = (error as Error).message;
    }
  }

  async #ask(): Promise<void> {
    const startMs = performance.now();
    const spans = this.#seenUntil === "" ? FIRST_SPANS : [`${Math.ceil(startMs - this.#askedAtMs + OVERLAP_MS)}ms`];
    for (const since of spans) {
      const answer = await askRows<HistoryRow>("changes", { since, limit: ASKED });
      if (answer.more && since !== spans.at(-1)) continue;
      this.#take(answer);
      this.#askedAtMs = startMs;
      return;
    }
  }

  /** Where there are more than were given, the next question begins where they ended. */
  #take({ rows, more }: Rows<HistoryRow>): void {
    for (const row of rows) if ((row.kind === "route" || row.kind === "fact") && row.at > this.#seenUntil) this.#events.push(row);
    if (this.#events.length > MAX_EVENTS) this.#events = this.#events.slice(-MAX_EVENTS);
    const [first] = rows;
    if (first?.kind === "reach") this.#seenUntil = more ? (this.#events.at(-1)?.at ?? "") : first.now;
  }

  #draw(): void {
    const end = Date.parse(this.#seenUntil);
    const counts = new Array<number>(BARS).fill(0);
    for (const { at } of this.#events) {
      const bar = BARS - 1 - Math.floor(((end - Date.parse(at)) / SPAN_MS) * BARS);
      if (bar >= 0 && bar < BARS) counts[bar] = (counts[bar] ?? 0) + 1;
    }
    const most = Math.max(1, ...counts);
    this.#bars.replaceChildren(...counts.map((count) => barOf(count, most)));
    const inSpan = counts.reduce((sum, count) => sum + count, 0);
    this.#note.textContent = `${counted(inSpan, "event")} in ${duration(SPAN_MS)}`;
    this.#body.replaceChildren(...this.#events.slice(-LISTED).reverse().map((event) => this.#row(event)));
  }

  #row(event: EventRow): HTMLElement {
    const { prefix } = event;
    const about = event.kind === "route" ? event.prefix : (event.peer ?? event.topic);
    const cells = [clockTime(event.at), about, event.kind === "route" ? wordsOf(event) : event.text].map((text) => element("td", {}, text));
    return prefix === null ? element("tr", {}, ...cells) : element("tr", { class: "choice", click: () => this.#choose(prefix) }, ...cells);
  }
}

function barOf(count: number, most: number): HTMLElement {
  const bar = element("i", { title: String(count) });
  bar.style.height = `${(100 * count) / most}%`;
  return element("span", {}, bar);
}

function wordsOf({ change, before, after, because }: Extract<EventRow, { readonly kind: "route" }>): string {
  const [was, is] = [before, after].map((origin) => origin && (origin.peer ?? origin.kind));
  const whose = was !== null && is !== null && was !== is ? `${was} → ${is}` : (is ?? was ?? "");
  return `${change}, ${whose}: ${because}`;
}

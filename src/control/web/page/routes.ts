/**
 * Routes by prefix, by address, or by who sent them; a click asks why.
 */

type RouteRow = import("../../answers/route.ts").RouteRow;

const ROUTE_TITLES = ["", "Prefix", "From", "Next hop", "LOCAL_PREF", "AS_PATH", "Standing"] as const;
const ROUTE_LIMIT = "200";

class RouteTable {
  readonly #note: HTMLElement;
  readonly #words: HTMLInputElement;
  readonly #body = element("tbody", {});
  readonly #choose: (prefix: string) => void;
  #chosen = "";

  constructor(choose: (prefix: string) => void) {
    const { section, note } = sectionOf("routes");
    this.#choose = choose;
    this.#note = note;
    this.#words = element("input", { title: "10.65.0.0/26, 10.65.0.7, or a neighbour's name or address after from" });
    this.#words.placeholder = "prefix, address, or: from NEIGHBOUR";
    const form = element("form", {}, this.#words, element("button", {}, "Look"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#look();
    });
    section.append(form, element("div", { class: "scroll" }, element("table", {}, element("thead", {}, element("tr", {}, ...ROUTE_TITLES.map((title) => element("th", {}, title)))), this.#body)));
  }

  /** As if these words had been typed. */
  look(words: string): Promise<void> {
    this.#words.value = words;
    return this.#look();
  }

  async #look(): Promise<void> {
    try {
      const { rows, more } = await askRows<RouteRow>("routes", { ...questionOf(this.#words.value.trim()), limit: ROUTE_LIMIT });
      this.#note.textContent = rows.length === 0 ? "none" : `${more ? "the first " : ""}${counted(rows.length, "path")}`;
      this.#body.replaceChildren(...rows.map((row) => this.#row(row)));
    } catch (error) {
      this.#note.textContent = "";
      this.#body.replaceChildren(element("tr", {}, element("td", { class: "error" }, (error as Error).message)));
    }
  }

  #row(row: RouteRow): HTMLElement {
    const from = row.from.peer ?? row.from.kind;
    const texts = [row.best ? "★" : "", row.prefix, from, row.nextHop ?? "", row.localPref === null ? "" : String(row.localPref), row.asPath, standingOf(row)];
    const made = element("tr", { class: row.prefix === this.#chosen ? "choice chosen" : "choice" }, ...texts.map((text) => element("td", {}, text)));
    made.addEventListener("click", () => {
      this.#chosen = row.prefix;
      for (const other of this.#body.children) other.className = other === made ? "choice chosen" : "choice";
      this.#choose(row.prefix);
    });
    return made;
  }
}

function questionOf(words: string): Arguments {
  const from = /^from\s+(\S+)$/i.exec(words)?.[1];
  if (from !== undefined) return { from };
  if (words === "") return {};
  return words.includes("/") ? { prefix: words } : { covering: words };
}

function standingOf({ best, lostBy, rejectedBy, stale }: RouteRow): string {
  const kept = stale ? " (kept over a restart)" : "";
  if (rejectedBy !== null) return `refused: ${rejectedBy}`;
  return (best ? "best" : lostBy === null ? "" : `lost by ${lostBy}`) + kept;
}

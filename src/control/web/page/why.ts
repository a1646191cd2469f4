/**
 * The whole life of one prefix: received, chosen, in the kernel, told, and why not.
 */

type WhyAnswer = import("../../why/answer.ts").WhyAnswer;
type WhyPathRow = WhyAnswer["paths"][number];
type TellingGroup = WhyAnswer["told"][number];

const MAX_NAMED_PEERS = 12;

class WhyPanel {
  readonly #note: HTMLElement;
  readonly #words: HTMLInputElement;
  readonly #life = element("div", { class: "scroll" }, element("p", { class: "quiet" }, "Click a route, or ask for a prefix or an address."));

  constructor() {
    const { section, note } = sectionOf("why");
    this.#note = note;
    this.#words = element("input", { title: "a prefix or an address" });
    this.#words.placeholder = "10.65.0.0/26 or 10.65.0.7";
    const form = element("form", {}, this.#words, element("button", {}, "Why?"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.ask(this.#words.value.trim());
    });
    section.append(form, this.#life);
  }

  async ask(words: string): Promise<void> {
    this.#words.value = words;
    try {
      const answer = await askValue<WhyAnswer>("why", words.includes("/") ? { prefix: words } : { covering: words });
      this.#note.textContent = answer.prefix;
      this.#life.replaceChildren(lifeOf(answer));
    } catch (error) {
      this.#note.textContent = "";
      this.#life.replaceChildren(element("p", { class: "error" }, (error as Error).message));
    }
  }
}

function lifeOf(answer: WhyAnswer): HTMLElement {
  const { paths, kernel, told } = answer;
  const nobody = answer.known ? [] : [item("Nobody has it.", ...neighboursOf(answer))];
  return element(
    "ul",
    { class: "life" },
    ...nobody,
    ...(answer.decided === "settled" ? [] : [item(answer.decided === "deferred" ? "Best paths are not chosen yet, after a restart." : "Some of it is not decided yet.")]),
    ...(paths.length === 0 ? [] : [item("Received", list(paths.map((path) => pathItem(path, answer))))]),
    item("Kernel", list([item(reasonOf(answer, kernel.reason), ...kernelLines(kernel))])),
    ...(told.length === 0 ? [] : [item("Told", list(told.map((group) => tellingItem(group, answer))))]),
  );
}

function neighboursOf({ covering, longer }: WhyAnswer): readonly (Node | string)[] {
  return [
    ...(covering.length > 0 ? [` Packets go by ${covering[0]}.`] : []),
    ...(longer.count > 0 ? [` Inside it: ${longer.first.join(", ")}${longer.count > longer.first.length ? ", …" : ""}.`] : []),
  ];
}

function pathItem(path: WhyPathRow, answer: WhyAnswer): HTMLElement {
  const { route, decision, import: taken } = path;
  const from = route.from.peer ?? route.from.kind;
  const way = route.nextHop === null ? "" : ` via ${route.nextHop}`;
  const steps = [
    reasonLine(answer, taken.reason, taken.policy === null ? "" : `policy ${taken.policy}${taken.rule === null ? "" : `, rule ${taken.rule}`}`),
    ...(path.note === null ? [] : [reasonLine(answer, path.note)]),
    ...(decision === null ? [] : [reasonLine(answer, decision.reason, decision.own === null ? "" : `${decision.own} against ${decision.other} of path ${decision.against}`)]),
    ...(path.shares === null || answer.best === path.number || answer.kernel.reason === "not-forwarding" ? [] : [reasonLine(answer, path.shares)]),
  ];
  return item(element("b", {}, `${answer.best === path.number ? "★ " : ""}${path.number}. from ${from}${way}`), list(steps));
}

function kernelLines({ rule, ruleWords, wanted, actual, refusal, others }: WhyAnswer["kernel"]): readonly (Node | string)[] {
  const lines = [
    ...(wanted === null ? [] : [`wanted: ${wanted}`]),
    ...(actual === null || actual === wanted ? [] : [`there is: ${actual}`]),
    ...(refusal === null ? [] : [`the kernel said ${refusal.name}: ${refusal.text}`]),
    ...(rule === null ? [] : [`rule ${rule}: ${ruleWords ?? ""}`]),
    ...others.map((other) => `another's route: ${JSON.stringify(other)}`),
  ];
  return lines.length === 0 ? [] : [list(lines.map((line) => item(element("code", {}, line))))];
}

function tellingItem(group: TellingGroup, answer: WhyAnswer): HTMLElement {
  const names = group.peers.slice(0, MAX_NAMED_PEERS).map(({ name }) => name).join(", ") + (group.count > MAX_NAMED_PEERS ? `, … (${group.count})` : "");
  const outcome = { told: "told to", queued: "queued for", "not-told": "not told to" }[group.outcome];
  const tint = { told: "up", queued: "start", "not-told": "down" }[group.outcome];
  const rule = group.policy === null ? "" : `policy ${group.policy}${group.rule === null ? "" : `, rule ${group.rule}`}`;
  const path = group.path === null ? "" : ` path ${group.path}`;
  const because = group.reason === "told" ? [] : [path === "" ? " " : ", ", reasonOf(answer, group.reason), rule === "" ? "" : ` (${rule})`];
  return item(element("span", { class: `dot ${tint}` }), `${outcome} ${names}:${path}`, ...because);
}

function reasonLine(answer: WhyAnswer, token: keyof WhyAnswer["reasons"], detail = ""): HTMLElement {
  return item(reasonOf(answer, token), detail === "" ? "" : ` (${detail})`);
}

/** What a token means, and the token itself, by which people and programs find it again. */
function reasonOf({ reasons }: WhyAnswer, token: keyof WhyAnswer["reasons"]): HTMLElement {
  const reason = reasons[token];
  return element("span", { title: reason?.rfc ?? "" }, `${reason?.means ?? ""} `, element("span", { class: "token" }, token));
}

function item(...content: readonly (Node | string)[]): HTMLElement {
  return element("li", {}, ...content);
}

function list(items: readonly HTMLElement[]): HTMLElement {
  return element("ul", {}, ...items);
}

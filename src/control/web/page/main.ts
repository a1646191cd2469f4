/**
 * The page comes alive: asks, shows, and asks again a little later.
 */

type StatusAnswer = import("../../commands.ts").StatusAnswer;

const REFRESH_MS = 2000;
const SURVEY_MS = 15_000; // who is behind which reflector
const MAX_PEERS = "10000";
const SURVEYED_ROUTES = "2000";
const REST = 5; // times as long as the asking took, we let the daemon be

class Page {
  readonly #head = document.getElementById("head") as HTMLElement;
  readonly #graph = new SessionGraph((peer) => this.#choose(peer));
  readonly #sessions = new SessionTable((peer) => this.#choose(peer));
  readonly #why = new WhyPanel();
  readonly #routes = new RouteTable((prefix) => void this.#why.ask(prefix));
  readonly #convergence = new ConvergenceChart();
  readonly #timeline = new Timeline((prefix) => void this.#why.ask(prefix));
  #behind: Behind = new Map();
  #surveyedMs = -Infinity;

  async run(): Promise<never> {
    await this.#routes.look("");
    for (;;) {
      const startMs = performance.now();
      await this.#refresh().catch((error: Error) => this.#lost(error));
      const restMs = Math.max(REFRESH_MS, REST * (performance.now() - startMs));
      await new Promise((resolve) => setTimeout(resolve, restMs));
    }
  }

  async #refresh(): Promise<void> {
    const [status, { rows: peers }] = await Promise.all([askValue<StatusAnswer>("status"), askRows<PeerRow>("peers", { limit: MAX_PEERS })]);
    if (performance.now() - this.#surveyedMs > SURVEY_MS) await this.#survey();
    this.#showHead(status);
    this.#graph.show(status.router.routerId, peers, this.#behind);
    this.#sessions.show(peers);
    await Promise.allSettled([this.#convergence.refresh(), this.#timeline.refresh()]);
  }

  /** A path with a CLUSTER_LIST came through a reflector; its next hop is who stands behind. */
  async #survey(): Promise<void> {
    this.#surveyedMs = performance.now();
    const { rows } = await askRows<RouteRow>("routes", { limit: SURVEYED_ROUTES });
    const behind = new Map<string, Set<string>>();
    for (const { from, clusterList, nextHop } of rows) {
      if (from.peer === null || clusterList.length === 0) continue;
      const hosts = behind.get(from.peer) ?? new Set();
      behind.set(from.peer, nextHop === null ? hosts : hosts.add(nextHop));
    }
    this.#behind = behind;
  }

  #choose({ name }: PeerRow): void {
    this.#graph.mark(name);
    this.#sessions.mark(name);
    void this.#routes.look(`from ${name}`);
  }

  #showHead({ healthy, router, version, fib }: StatusAnswer): void {
    const kernel = fib ? [fact("kernel routes", `${fib.installed} of ${fib.wanted}`)] : [];
    this.#head.replaceChildren(
      element("h1", {}, "ts-bgp"),
      element("span", { class: `badge ${healthy ? "well" : "unwell"}` }, healthy ? "healthy" : "not healthy"),
      fact("router id", router.routerId),
      fact("AS", String(router.asn)),
      fact("prefixes", String(router.prefixes)),
      fact("paths", String(router.paths)),
      ...kernel,
      fact("up for", duration(Date.parse(router.now) - Date.parse(router.startedAt))),
      fact("version", version),
      ...(router.restarting ? [fact("restarting, waits for", `${router.restarting.waitingFor.length} of ${router.restarting.peers} peers`)] : []),
    );
  }

  #lost(error: Error): void {
    this.#head.replaceChildren(element("h1", {}, "ts-bgp"), element("span", { class: "badge unwell" }, "no answer"), element("span", { class: "fact" }, error.message));
  }
}

function fact(name: string, value: string): HTMLElement {
  return element("span", { class: "fact" }, `${name} `, element("b", {}, value));
}

void new Page().run();

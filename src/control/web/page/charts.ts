/**
 * How long UPDATEs took lately, a small histogram for each step of their way.
 */

type ConvergenceAnswer = import("../../records/convergence-times.ts").ConvergenceAnswer;
type StepAnswer = import("../../records/convergence-times.ts").StepAnswer;

const STEP_TITLES: { readonly [S in StepAnswer["step"]]: string } = {
  best: "read → best path chosen",
  kernel: "read → in the kernel",
  sent: "read → told to every peer",
};

class ConvergenceChart {
  readonly #note: HTMLElement;
  readonly #charts = element("div", {});

  constructor() {
    const { section, note } = sectionOf("convergence");
    this.#note = note;
    section.append(this.#charts);
  }

  async refresh(): Promise<void> {
    const { windowSec, steps } = await askValue<ConvergenceAnswer>("convergence");
    this.#note.textContent = `UPDATEs of the last ${duration(windowSec * 1000)}`;
    this.#charts.replaceChildren(...steps.map(chartOf));
  }
}

function chartOf({ step, updates, p50Ms, p99Ms, buckets }: StepAnswer): HTMLElement {
  const says = updates === 0 ? "none" : `${counted(updates, "UPDATE")}, half within ${timeOf(p50Ms)}, 99 % within ${timeOf(p99Ms)}`;
  const counts = buckets.map((bucket, at) => bucket.updates - (buckets[at - 1]?.updates ?? 0));
  const most = Math.max(1, ...counts);
  const bars = buckets.map(({ atMostMs }, at) => {
    const bar = element("i", { title: `at most ${timeOf(atMostMs)}: ${counts[at]}` });
    bar.style.height = `${(100 * (counts[at] ?? 0)) / most}%`;
    return element("span", {}, bar);
  });
  const ends = element("div", { class: "ends quiet" }, element("span", {}, timeOf(buckets[0]?.atMostMs ?? null)), element("span", {}, `over ${timeOf(buckets.at(-2)?.atMostMs ?? null)}`));
  return element("div", { class: "chart" }, element("div", {}, element("b", {}, STEP_TITLES[step]), element("span", { class: "quiet" }, ` ${says}`)), element("div", { class: "bars" }, ...bars), ends);
}

/** null is longer than the histogram reaches. */
function timeOf(ms: number | null): string {
  if (ms === null) return "longer";
  return ms >= 1000 ? `${Number((ms / 1000).toPrecision(3))} s` : `${Number(ms.toPrecision(3))} ms`;
}

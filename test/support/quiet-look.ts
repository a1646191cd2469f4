/** A Look over a view that the test filled; whatever the test does not name is absent and quiet. */

import { ConvergenceTimes } from "../../src/control/records/convergence-times.ts";
import { FactLog } from "../../src/control/records/fact-log.ts";
import { LOG_TOPICS, type LogLook, type TopicLevels } from "../../src/control/answers/log-levels.ts";
import type { Look } from "../../src/control/look.ts";
import { Histogram } from "../../src/control/records/histogram.ts";
import { RecentFailures } from "../../src/control/records/recent.ts";
import type { SpeakerView } from "../../src/speaker/view.ts";

/** Every topic at "info" until a test sets another level. */
function quietLog(): LogLook {
  let levels = Object.fromEntries(LOG_TOPICS.map((topic) => [topic, "info"])) as TopicLevels;
  return {
    levels: () => levels,
    setLevel: (level, topic) => (levels = Object.fromEntries(LOG_TOPICS.map((each) => [each, topic === undefined || topic === each ? level : levels[each]])) as TopicLevels),
  };
}

export function quietLook(speaker: SpeakerView, overrides: Partial<Look> = {}): Look {
  return {
    speaker,
    failures: new RecentFailures(),
    timers: { dueAtMs: () => undefined },
    convergence: new ConvergenceTimes(),
    fib: undefined,
    kernel: undefined,
    bfd: { view: () => undefined, unknownPackets: 0 },
    bmp: [],
    datastore: undefined,
    orders: { end: () => undefined, administer: () => undefined, reread: () => Promise.resolve({ source: "/etc/ts-bgp.json", faults: [], restartNeeded: [] }), plan: () => Promise.resolve({ kind: "refused", reason: "nobody plans here" }) },
    history: { routes: undefined, facts: new FactLog(0, 0) },
    doors: [],
    log: quietLog(),
    memory: { resident: 64 << 20, heap: 8 << 20, buffers: 4 << 20 },
    cpuSec: 12.5,
    loopDelay: new Histogram(),
    version: "1.2.3",
    platform: { node: "20.19.0", arch: "x64" },
    clock: { nowMs: 0, wallMs: 0 },
    ...overrides,
  };
}

/**
 * How a command is run on the stage: in its namespace, on one core, and before everybody else on that core where that is asked for.
 */

import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import type { Stage } from "./stage.ts";

/** "realtime": scheduled before all ordinary processes, for a machine that has other things to do. */
export type Priority = "ordinary" | "realtime";

export interface Place {
  readonly stage: Stage;
  readonly core: number;
  readonly priority: Priority;
}

export function pinned({ stage, core, priority }: Place, command: readonly string[]): readonly string[] {
  if (stage.isClosing) throw new Error("the stage is being taken down");
  const scheduled = priority === "realtime" ? ["chrt", "--rr", "1"] : [];
  return inNamespace(stage.namespace, ["taskset", "--cpu-list", `${core}`, ...scheduled, ...command]);
}

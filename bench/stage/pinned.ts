/**
 * How a command is run on the stage: in its namespace and on one core.
 * Pure.
 */

import { inNamespace } from "../../src/cli/lab/namespaces.ts";
import type { Stage } from "./stage.ts";

export function pinned(stage: Stage, core: number, command: readonly string[]): readonly string[] {
  return inNamespace(stage.namespace, ["taskset", "--cpu-list", `${core}`, ...command]);
}

/**
 * What may befall the kernel's routes, and how soon they are right again: the table of disturbances that test/kernel asserts,
 * with the clock on. Each has a host of its own, in which our KernelFib alone keeps a table.
 */

import type { Carrier } from "../../src/fib/vocabulary.ts";
import { DISTURBANCES, recoveryMs } from "../../test/support/chaos.ts";
import { CARRIERS } from "../../test/support/kernel-rig.ts";

export interface Recovery {
  readonly title: string;
  readonly carrier: Carrier;
  readonly ms: number;
}

/** Every disturbance over every carrier of this Node. An interrupt ends it behind the one at hand, which takes its host down first. */
export async function measureRecoveries(routes: number, tell: (recovery: Recovery) => void): Promise<"done" | "interrupted"> {
  let interrupted = false;
  const interrupt = (): void => void (interrupted = true);
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    for (const carrier of CARRIERS) {
      for (const disturbance of DISTURBANCES) {
        if (interrupted) return "interrupted";
        const ms = await recoveryMs(disturbance, carrier, routes);
        if (ms !== undefined) tell({ title: disturbance.title, carrier, ms });
      }
    }
    return "done";
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

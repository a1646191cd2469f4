/** How late the event loop is. */

import { afterEach, expect, test } from "vitest";
import { LoopDelay } from "../../../src/daemon/loop/delay.ts";
import { until } from "../../support/until.ts";

const delay = new LoopDelay();
afterEach(() => delay.stop());

test("a loop that is held up is seen to be late, by as long as it was held up", async () => {
  delay.start();
  await until(() => delay.delays.count > 0);
  const endMs = performance.now() + 400; // longer than from one look to the next
  while (performance.now() < endMs);
  const { count } = delay.delays;
  await until(() => delay.delays.count > count);
  expect(delay.delays.quantileMs(1)).toBeGreaterThanOrEqual(256);
});

/** What is counted about a peer's attributes: by attribute, and by what it cost. */

import { expect, test } from "vitest";
import type { AttributeFault } from "../../../src/bgp/wire/error.ts";
import { badRouterId, malformedAttributeList, optionalAttributeError, unrecognizedWellKnown } from "../../../src/bgp/wire/notification.ts";
import { Counters } from "../../../src/speaker/peers/counters.ts";

function fault(code: number, severity: AttributeFault["severity"]): AttributeFault {
  return { code, severity, reason: "is empty", bytes: new Uint8Array(0) };
}

test("faults are counted by attribute and action, in the order of the codes, weakest action first", () => {
  const counters = new Counters();
  for (const one of [fault(8, "treat-as-withdraw"), fault(2, "treat-as-withdraw"), fault(2, "treat-as-withdraw"), fault(2, "discard-attribute")]) counters.countFault(one);
  expect(counters.snapshot()).toMatchObject({
    attributesDiscarded: 1,
    treatedAsWithdraw: 3,
    attributeFaults: [
      { code: 2, attribute: "AS_PATH", action: "discard-attribute", count: 1 },
      { code: 2, attribute: "AS_PATH", action: "treat-as-withdraw", count: 2 },
      { code: 8, attribute: "COMMUNITIES", action: "treat-as-withdraw", count: 1 },
    ],
  });
});

test("an UPDATE that costs the session is counted for the attribute that its NOTIFICATION shows", () => {
  const counters = new Counters();
  counters.countRefused(unrecognizedWellKnown(Uint8Array.of(0x40, 99, 0)));
  counters.countRefused(optionalAttributeError(Uint8Array.of(0x80, 14, 0)));
  counters.countRefused(malformedAttributeList);
  counters.countRefused(badRouterId);
  expect(counters.snapshot().attributeFaults).toEqual([
    { code: 0, attribute: "path attributes", action: "reset-session", count: 1 },
    { code: 14, attribute: "MP_REACH_NLRI", action: "reset-session", count: 1 },
    { code: 99, attribute: "attribute 99", action: "reset-session", count: 1 },
  ]);
});

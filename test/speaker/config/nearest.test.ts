/** What may have been meant by a mistyped name. */

import { expect, test } from "vitest";
import { nearestOf } from "../../../src/speaker/config/nearest.ts";

const NAMES = ["Mesh_172_17_8_102", "172.17.8.102", "Mesh_172_17_8_103", "172.17.8.103", "rack-a_10_0_0_7"];

test.each([
  ["172.17.8.10", ["172.17.8.102", "172.17.8.103"]],
  ["mesh_172_17_8_102", ["Mesh_172_17_8_102"]],
  ["rack-a_10_0_0_8", ["rack-a_10_0_0_7"]],
  ["rack", ["rack-a_10_0_0_7"]],
  ["something else", []],
  ["", []],
])("%j may mean %j", (asked, expected) => {
  expect(nearestOf(asked, NAMES)).toEqual(expect.arrayContaining(expected));
  expect(nearestOf(asked, NAMES).slice(0, expected.length)).toEqual(expected);
});

test("three are enough, and a very long name costs no more than a long one", () => {
  expect(nearestOf("m", ["m1", "m2", "m3", "m4"])).toHaveLength(3);
  expect(nearestOf("m".repeat(100_000), NAMES)).toEqual([]);
});

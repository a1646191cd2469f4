/** What routes, why and history are asked about. */

import { expect, test } from "vitest";
import { targetOf } from "../../src/cli/target.ts";

test.each([
  ["10.0.0.7", { covering: "10.0.0.7" }],
  ["fd00::1", { covering: "fd00::1" }],
  ["10.0.0.0/8", { prefix: "10.0.0.0/8" }],
  ["FD00:0::/32", { prefix: "fd00::/32" }],
])("%s is %j", (text, target) => {
  expect(targetOf("why", text)).toEqual(target);
});

test.each([
  ["10.0.0.1/8", 'why: "10.0.0.1/8", expected the prefix 10.0.0.0/8, or the address 10.0.0.1 without /8'],
  ["fd00::1/64", 'why: "fd00::1/64", expected the prefix fd00::/64, or the address fd00::1 without /64'],
  ["10.0.0.0/33", /^why: "10\.0\.0\.0\/33", expected a prefix such as /],
  ["host", /^why: "host", expected a prefix such as /],
])("%s is neither a prefix nor an address", (text, said) => {
  expect(() => targetOf("why", text)).toThrow(said);
});

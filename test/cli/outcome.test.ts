/** How complaints about a command's words are told to whoever typed them. */

import { expect, test } from "vitest";
import { asTyped } from "../../src/cli/outcome.ts";

test.each([
  ['asPath: "(", expected an AS number', ["routes", "--as-path", "("], '--as-path: "(", expected an AS number'],
  ["top: -3, expected an integer", ["flaps", "--top=-3"], "--top: -3, expected an integer"],
  ["top: it is shut down already", ["shutdown", "top"], "top: it is shut down already"],
  ["no such peer: node-9", ["routes", "--in", "node-9"], "no such peer: node-9"],
])("%j after %j is told as %j", (complaint, words, told) => {
  expect(asTyped(complaint, words)).toBe(told);
});

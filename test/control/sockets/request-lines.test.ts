/** Requests come in pieces, and none gets longer than it may. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { JSON_LINES } from "../../../src/control/sockets/json.ts";
import { RequestLines } from "../../../src/control/sockets/request-lines.ts";

test("lines are the same, however they are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.string().map((text) => text.replaceAll("\n", "")), { maxLength: 8 }), fc.array(fc.nat(40), { maxLength: 20 }), (lines, cuts) => {
      const requests = new RequestLines(() => 1_000);
      const text = lines.map((line) => `${line}\n`).join("");
      const heard: string[] = [];
      let at = 0;
      for (const cut of [...cuts, text.length]) {
        const told = requests.push(text.slice(at, at + cut));
        if (told === "too-long") throw new Error("none is");
        heard.push(...told);
        at += cut;
      }
      expect(heard).toEqual(lines);
    }),
  );
});

test("a line that is not finished may not get longer than allowed, and the count begins anew with each line", () => {
  const requests = new RequestLines(() => 10);
  expect(requests.push("12345678\n1234567")).toEqual(["12345678"]);
  expect(requests.push("8\n9")).toEqual(["12345678"]);
  expect(requests.push("0123456789")).toBe("too-long");
});

test("only a configuration to be planned may be long, and has to begin as one", () => {
  expect(JSON_LINES.longest('{"ask":"plan","file":"/x"')).toBeGreaterThan(5_000 * 800);
  for (const beginning of ["xxxx", '{"ask":"routes",', '{"ask":"planned",', ' {"ask":"plan",', ""]) expect([beginning, JSON_LINES.longest(beginning)]).toEqual([beginning, 0]);
});

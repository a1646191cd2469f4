/** Where in a file something stands that is wrong. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { placesIn } from "../../../src/daemon/config/json-places.ts";

const placeOfPath = (source: string, path: string): string | undefined => placesIn(source)(path);

const TEXT = `{
  "router": { "asn": 0, "id": "a \\"quoted\\" } text" },
  "peers": [
    { "address": "10.0.0.2" },
    { "address": "10.0.0.3",
      "holdTimeSec": 1 }
  ],
  "color": [[1, 2], []]
}
`;

test.each([
  ["router", "line 2, column 3"],
  ["router.asn", "line 2, column 15"],
  ["peers[1].holdTimeSec", "line 6, column 7"],
  ["peers[0].asn", "line 4, column 5"],
  ["peers[1]", "line 5, column 5"],
  ["color[0][1]", "line 8, column 17"],
  ["router.id", "line 2, column 25"],
  ["nowhere", "line 1, column 1"],
  ["", "line 1, column 1"],
])("%j stands in %s; what is missing, where it is missing", (path, place) => {
  expect(placeOfPath(TEXT, path)).toBe(place);
});

test("in a text of one line there is nothing to say", () => {
  expect(placeOfPath('{"a":1}\n', "a")).toBeUndefined();
});

test("whatever the JSON, every value is found, and the scan ends", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (document) => {
      const text = JSON.stringify(document, undefined, 1);
      const lines = text.split("\n");
      for (const name of Object.keys(document)) {
        const [, line, column] = /^line (\d+), column (\d+)$/.exec(placeOfPath(text, name) ?? "") ?? [];
        if (!/[.[]/.test(name) && name !== "") expect(lines[Number(line) - 1]?.slice(Number(column) - 1)).toMatch(/^"/);
      }
    }),
  );
});

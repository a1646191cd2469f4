/** RFC 4456: who may be told what, and the marks of a reflected route. */

import { describe, expect, test } from "vitest";
import type { PathAttributes } from "../../src/bgp/wire/attribute-types.ts";
import { type CameFrom, type Listener, isReflection, mayTell, stamp } from "../../src/rr/reflect.ts";

const FROM: readonly CameFrom[] = ["client", "non-client", "external", "local"];
const TO: readonly Listener[] = ["client", "non-client", "external"];

describe("who may be told", () => {
  test("everything may be told to everybody but what one non-client told us to another", () => {
    const refused = FROM.flatMap((from) => TO.filter((to) => !mayTell(from, to)).map((to) => `${from} -> ${to}`));
    expect(refused).toEqual(["non-client -> non-client"]);
  });

  test("only what stays inside the AS and came from inside is reflection", () => {
    const reflected = FROM.flatMap((from) => TO.filter((to) => isReflection(from, to)).map((to) => `${from} -> ${to}`));
    expect(reflected).toEqual(["client -> client", "client -> non-client", "non-client -> client", "non-client -> non-client"]);
  });
});

describe("the marks of a reflected route", () => {
  const plain: PathAttributes = { origin: "igp", localPref: 200, med: 7 };

  test("ORIGINATOR_ID names the router that told us", () => {
    expect(stamp(plain, 11, 99).originatorId).toBe(11);
  });

  test("an ORIGINATOR_ID set by an earlier reflector stays", () => {
    expect(stamp({ ...plain, originatorId: 5 }, 11, 99).originatorId).toBe(5);
  });

  test("our cluster is put before the others in CLUSTER_LIST", () => {
    expect(stamp({ ...plain, clusterList: [1, 2] }, 11, 99).clusterList).toEqual([99, 1, 2]);
  });

  test("nothing else changes", () => {
    expect(stamp(plain, 11, 99)).toMatchObject(plain);
  });
});

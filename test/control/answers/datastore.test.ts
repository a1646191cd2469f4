/** What status says of a datastore, and the order that lets a change through. */

import { beforeEach, describe, expect, it } from "vitest";
import type { ClusterView } from "../../../src/calico/cluster-watch.ts";
import { type StatusAnswer, answer } from "../../../src/control/commands.ts";
import type { Answer, DatastoreLook, Look } from "../../../src/control/look.ts";
import { exposition } from "../../../src/control/metrics/exposition.ts";
import { familiesOf } from "../../../src/control/metrics/families.ts";
import { FakeView } from "../../support/fake-view.ts";
import { quietLook } from "../../support/quiet-look.ts";

const FOLLOWING: ClusterView = {
  servers: "http://10.0.0.9:2379",
  store: { kind: "following", sinceMs: 30_000 },
  keys: 12,
  running: "datastore",
  appliedAtMs: 40_000,
  held: undefined,
  complaints: [],
};

let view: ClusterView;
let accepted: number;
let obstacle: string | undefined;

beforeEach(() => {
  view = FOLLOWING;
  accepted = 0;
  obstacle = undefined;
});

/** One minute after the start of the daemon, which was at 09:00. */
function look(datastore: DatastoreLook | undefined): Look {
  return quietLook(new FakeView(), { datastore, clock: { nowMs: 60_000, wallMs: Date.parse("2025-11-21T09:01:00Z") } });
}

function ask(question: string): Answer {
  return answer(look({ view: () => view, accept: () => (obstacle === undefined ? void accepted++ : obstacle) }), question, {});
}

function status(): StatusAnswer {
  const reply = ask("status");
  if (reply.kind !== "value") throw new Error(JSON.stringify(reply));
  return reply.value as StatusAnswer;
}

describe("status", () => {
  it("has nothing of a datastore where the configuration is a file", () => {
    const reply = answer(look(undefined), "status", {});
    expect(reply).toMatchObject({ kind: "value", value: { healthy: true, datastore: null } });
  });

  it("is healthy while every change reaches us", () => {
    expect(status()).toMatchObject({
      healthy: true,
      datastore: { settled: true, state: "following", since: "2025-11-21T09:00:30.000Z", reason: null, keys: 12, running: "datastore", appliedAt: "2025-11-21T09:00:40.000Z", held: null, ignored: [] },
    });
  });

  it("is not while the datastore is lost, and says why", () => {
    view = { ...FOLLOWING, store: { kind: "lost", sinceMs: 0, reason: "connection refused" } };
    expect(status()).toMatchObject({ healthy: false, datastore: { settled: false, state: "lost", reason: "connection refused" } });
  });

  it("is not while a change is held back, and says which", () => {
    view = { ...FOLLOWING, held: { reasons: ["3 of 4 peers would go"], sinceMs: 0 } };
    expect(status()).toMatchObject({ healthy: false, datastore: { held: { since: "2025-11-21T09:00:00.000Z", reasons: ["3 of 4 peers would go"] } } });
  });

  it("names what is left out, which is no illness", () => {
    view = { ...FOLLOWING, complaints: [{ key: "/calico/bad", reason: "no JSON" }] };
    expect(status()).toMatchObject({ healthy: true, datastore: { ignored: [{ key: "/calico/bad", reason: "no JSON" }] } });
  });
});

it("a gauge each says that it is lost, and that a change is held back", () => {
  const gauges = (shown: ClusterView): readonly string[] => {
    const families = familiesOf(look({ view: () => shown, accept: () => undefined }));
    return [...exposition(families)].join("").split("\n").filter((line) => line.startsWith("tsbgp_datastore"));
  };
  expect(gauges(FOLLOWING)).toEqual([
    "tsbgp_datastore_followed 1",
    "tsbgp_datastore_change_held 0",
    "tsbgp_datastore_last_good 0",
    "tsbgp_datastore_keys 12",
    "tsbgp_datastore_ignored_resources 0",
  ]);
  const bad = gauges({ ...FOLLOWING, store: { kind: "lost", sinceMs: 0, reason: "gone" }, running: "last-good", held: { reasons: ["most"], sinceMs: 0 } });
  expect(bad.slice(0, 3)).toEqual(["tsbgp_datastore_followed 0", "tsbgp_datastore_change_held 1", "tsbgp_datastore_last_good 1"]);
});

describe("accept-change", () => {
  it("lets through what is held back", () => {
    expect(ask("accept-change")).toMatchObject({ kind: "value", value: { state: "following" } });
    expect(accepted).toBe(1);
  });

  it("says why not", () => {
    obstacle = "nothing is held back";
    expect(ask("accept-change")).toEqual({ kind: "refused", reason: "nothing is held back" });
  });

  it("has no meaning where the configuration is a file", () => {
    expect(answer(look(undefined), "accept-change", {})).toMatchObject({ kind: "refused" });
  });
});

/** What status and metrics say of monitoring stations. */

import { describe, expect, it } from "vitest";
import { answer } from "../../src/control/commands.ts";
import type { Look } from "../../src/control/look.ts";
import { exposition } from "../../src/control/metrics/exposition.ts";
import { familiesOf } from "../../src/control/metrics/families.ts";
import type { StationView } from "../../src/control/answers/station.ts";
import { FakeView } from "../support/fake-view.ts";
import { quietLook } from "../support/quiet-look.ts";

const LIVE: StationView = { name: "10.0.0.9:5000", state: "live", sinceMs: 30_000, lastError: undefined, connections: 2, sentBytes: 4_000, backlogBytes: 70, dropped: 1 };

/** One minute after the start of the daemon, which was at 09:00. */
function look(...bmp: readonly StationView[]): Look {
  return quietLook(new FakeView(), { bmp, clock: { nowMs: 60_000, wallMs: Date.parse("2025-11-21T09:01:00Z") } });
}

describe("status", () => {
  it("has a row per station", () => {
    expect(answer(look(LIVE), "status", {})).toMatchObject({
      value: { bmp: [{ station: "10.0.0.9:5000", state: "live", since: "2025-11-21T09:00:30.000Z", lastError: null, connections: 2, sentBytes: 4_000, backlogBytes: 70, dropped: 1 }] },
    });
  });

  it("calls nobody unhealthy because a station is away", () => {
    expect(answer(look({ ...LIVE, state: "waiting", lastError: "connection refused" }), "status", {})).toMatchObject({ value: { healthy: true, bmp: [{ lastError: "connection refused" }] } });
  });

  it("has no row where there is no station", () => {
    expect(answer(look(), "status", {})).toMatchObject({ value: { bmp: [] } });
  });
});

describe("metrics", () => {
  it("say of each station whether it is connected, what it was told and what waits for it", () => {
    const lines = [...exposition(familiesOf(look(LIVE, { ...LIVE, name: "[fd00::9]:5000", state: "waiting" })))].join("").split("\n");
    expect(lines).toEqual(expect.arrayContaining([
      'tsbgp_bmp_station_up{station="10.0.0.9:5000"} 1',
      'tsbgp_bmp_station_up{station="[fd00::9]:5000"} 0',
      'tsbgp_bmp_station_connections_total{station="10.0.0.9:5000"} 2',
      'tsbgp_bmp_station_sent_bytes_total{station="10.0.0.9:5000"} 4000',
      'tsbgp_bmp_station_backlog_bytes{station="10.0.0.9:5000"} 70',
      'tsbgp_bmp_station_dropped_total{station="10.0.0.9:5000"} 1',
    ]));
  });
});

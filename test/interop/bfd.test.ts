/** BFD against BIRD 2's: who is gone is gone at once, and whoever comes back comes back. The hold time is 90 s throughout. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { BfdRig, PEERS } from "../support/bfd-rig.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const SOON_MS = 10_000; // far below the hold time, far above what a busy test machine needs

await describeWith(["bird", "birdc", "ip", "perl"], "BFD with BIRD 2", () => {
  let rig: BfdRig;

  beforeEach(async () => {
    rig = await BfdRig.raise();
  });
  afterEach(() => rig?.remove());

  it("comes up over both IP versions, and each side sends as fast as the slower one wants [5.8-bfd]", async () => {
    await rig.startBird("with BFD");
    await rig.startUs({ intervalMs: 300, multiplier: 5 });
    await rig.converges();
    for (const name of PEERS) {
      await until(async () => (await rig.peer(name)).bfd?.detectionTimeMs === 4 * 300, "BIRD's multiplier, our interval");
      expect((await rig.peer(name)).bfd).toMatchObject({
        transmitIntervalMs: 300,
        neighbor: { multiplier: 4, desiredMinTxMs: 200, requiredMinRxMs: 200 },
      });
    }
    await until(
      async () => ((await rig.birdc("show", "bfd", "sessions")).match(/ Up .* 0\.300 +1\.500/g) ?? []).length === 2,
      "BIRD uses our multiplier",
    );
    expect(rig.noise()).toEqual([]);
  });

  it("a peer whose link dies is gone at once: BFD first, then the session with 6/10, then its routes [5.2-bfd-down, 5.3-bfd]", async () => {
    await rig.startBird("with BFD");
    await rig.startUs({ intervalMs: 200 });
    await rig.converges();
    const cutAtMs = Date.now();
    await rig.lan.setCable(rig.them, "down");
    await until(async () => (await rig.kernelRoutes()).length === 0, "no route of BIRD's stands in our kernel", SOON_MS);
    const goneMs = Date.now() - cutAtMs;
    const toldOf = (name: string) => rig.log().filter(({ peer, time, msg }) => peer === name && Date.parse(time) >= cutAtMs && !msg.includes(" -> "));
    for (const name of PEERS) {
      await until(() => toldOf(name).length >= 2, "the log tells it"); // its lines are written a moment later, together
      const told = toldOf(name);
      expect(told.map(({ msg }) => msg).slice(0, 2)).toEqual([
        expect.stringMatching(/^BFD no longer hears/),
        expect.stringMatching(/went down: sent Cease: BFD Down/),
      ]);
      expect((await rig.peer(name)).bfd).toMatchObject({
        state: "down",
        diagnostic: "control detection time expired",
        neighbor: null,
      });
    }
    expect(await rig.routes()).toEqual([]);
    expect(goneMs).toBeLessThan(SOON_MS);

    await rig.lan.setCable(rig.them, "up");
    await rig.converges();
  });

  it("BIRD that was killed and started again comes back, with another discriminator", async () => {
    await rig.startBird("with BFD");
    await rig.startUs({ intervalMs: 200 });
    await rig.converges();
    const before = (await rig.peer("ipv4")).bfd?.neighbor?.discriminator;
    await rig.killBird();
    await until(async () => (await rig.kernelRoutes()).length === 0, "its routes are gone", SOON_MS);
    await rig.startBird("with BFD");
    await rig.converges();
    expect((await rig.peer("ipv4")).bfd?.neighbor?.discriminator).not.toBe(before);
  });

  it("while our event loop stands still for longer than the detection time, neither side misses the other", async () => {
    await rig.startBird("with BFD");
    await rig.startUs({ intervalMs: 300, multiplier: 6 }); // 4 × 300 ms on our side, 6 × 300 ms on BIRD's
    await rig.converges();
    const sessions = (): Promise<readonly number[]> => Promise.all(PEERS.map(async (name) => (await rig.peer(name)).counters.established));
    const [[last], before] = [rig.log().slice(-1), await sessions()];
    rig.stall(3_500);
    await until(async () => {
      const askedAtMs = performance.now();
      await rig.peer("ipv4");
      return performance.now() - askedAtMs > 3_000;
    }, "an answer comes late");
    expect(rig.log().filter(({ time, msg }) => time > (last?.time ?? "") && /BFD|down/.test(msg))).toEqual([]);
    for (const name of PEERS) expect(await rig.peer(name)).toMatchObject({ state: "Established", bfd: { state: "up" } });
    expect(await sessions()).toEqual(before);
  });

  it("strict: no session before BFD is up, though BIRD calls; without strict BFD holds nothing back", async () => {
    await rig.startBird("without BFD");
    await rig.startUs({ strict: true });
    await until(
      async () => (await rig.birdc("show", "protocols", "all", "session_ipv4")).includes("Connection rejected"),
      "BIRD was turned away",
    );
    expect((await rig.peer("ipv4")).state).toBe("Idle");
    await rig.reconfigureBird("with BFD");
    await rig.converges();

    await rig.reconfigureBird("without BFD");
    await until(async () => (await rig.peer("ipv4")).bfd?.state !== "up", "BIRD stopped BFD");
    rig.reconfigureUs({ strict: false });
    for (const name of PEERS)
      await until(async () => (await rig.peer(name)).state === "Established", "the session is up without BFD");
  });

  it("switched off here BFD says so (BIRD 2.0.12 takes even that for a failure), and switched on again it is up again", async () => {
    await rig.startBird("with BFD");
    await rig.startUs({ intervalMs: 200 });
    await rig.converges();
    rig.reconfigureUs(undefined);
    await until(
      async () => (await rig.birdc("show", "bfd", "sessions")).match(/ Down /g)?.length === 2,
      "BIRD hears that BFD is off",
    );
    rig.reconfigureUs({ intervalMs: 200 });
    await rig.converges();
  });

  it("a peer that is shut down is told why, over BGP and over BFD", async () => {
    await rig.startBird("with BFD");
    await rig.startUs({ intervalMs: 200 });
    await rig.converges();
    rig.reconfigureUs({ intervalMs: 200 }, { shutdown: "moving racks" });
    await until(() => rig.birdLog().includes("moving racks"), "BIRD logs why");
    await until(async () => (await rig.peer("ipv4")).bfd?.state === "admin-down");
    rig.reconfigureUs({ intervalMs: 200 });
    await rig.converges();
  });
});

/** `ts-bgp fib` and `ts-bgp fib check` beside a daemon whose routes somebody else meddles with. */

import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../../src/cli/lab/command.ts";
import type { FibAnswer, FibCheckAnswer } from "../../src/control/answers/fib.ts";
import { Lan, type LanHost } from "../support/lan.ts";
import { withProgram } from "../support/chaos.ts";
import { describeWith } from "../support/needs.ts";
import { type Finished, tsBgp } from "../support/program.ts";
import { TsBgp } from "../support/ts-bgp.ts";
import { until } from "../support/until.ts";

const BLOCKS = ["10.65.1.0/26", "10.65.2.0/26", "10.65.3.0/26"];

await describeWith(["ip", "perl", "setpriv"], "an operator asks for the kernel's routes", () => {
  let lan: Lan;
  let host: LanHost;

  beforeAll(async () => {
    lan = await Lan.raise(["a", "b"]);
    host = lan.host("a");
    await ip("route add blackhole 10.65.2.0/26 proto static");
    await TsBgp.start(host, "node", { router: { asn: 64512, id: host.ipv4 }, listen: [], blocks: BLOCKS });
    await until(async () => (await fib()).installed === 2);
  });
  afterAll(() => lan?.remove());

  function ip(words: string): Promise<string> {
    return run(["ip", "-n", host.namespace, ...words.split(" ")]);
  }

  function ask(...words: readonly string[]): Promise<Finished> {
    return tsBgp("fib", ...words, "--socket", `${host.directory}/ts-bgp.sock`);
  }

  async function fib(): Promise<FibAnswer> {
    return JSON.parse((await ask("--json")).stdout) as FibAnswer;
  }

  async function check(): Promise<{ readonly code: number | null; readonly found: FibCheckAnswer }> {
    const { code, stdout } = await ask("check", "--json");
    return { code, found: JSON.parse(stdout) as FibCheckAnswer };
  }

  it("a route of somebody else in the way is shown with its protocol and metric, and ends with 3", async () => {
    const { code, stdout } = await ask("check");
    expect(code).toBe(3);
    expect(stdout).toMatch(/10\.65\.2\.0\/26\s+conflict\s+blackhole\s+-\s+blackhole proto static/);
    const { found } = await check();
    expect(found).toMatchObject({ matches: false, kernel: 2, wanted: 3, added: 0, inTheWay: 1, differing: [{ prefix: "10.65.2.0/26", inTheWay: "blackhole proto static" }] });
    expect(await ask()).toMatchObject({ code: 3, stdout: expect.stringContaining("In conflict  1: a route of somebody else stands in their place") });
  });

  it("when it is gone everything matches, and ends with 0", async () => {
    await ip("route del blackhole 10.65.2.0/26 proto static");
    await until(async () => (await fib()).installed === 3);
    expect(await check()).toMatchObject({ code: 0, found: { matches: true, kernel: 3, wanted: 3, differing: [], inTheWay: 0 } });
    expect(await ask("check")).toMatchObject({ code: 0, stdout: expect.stringContaining("The kernel holds what is wanted.") });
    expect(await ask()).toMatchObject({ code: 0, stdout: expect.stringMatching(/In conflict {2}0\n[^]*The kernel holds what is wanted\./) });
  });

  it("a route of ours that somebody took away is back, and counted as drift", async () => {
    await ip("route del blackhole 10.65.1.0/26");
    await until(async () => (await fib()).drift.noticed === 1);
    await until(async () => (await check()).code === 0);
    expect(await ip("route show proto bird")).toContain("blackhole 10.65.1.0/26");
  });

  it("who may write nothing does not say that it puts things right", async () => {
    const powerless = lan.host("b");
    const config = { router: { asn: 64512, id: powerless.ipv4 }, listen: [], blocks: BLOCKS, kernel: { carrier: "perl" } };
    let last: Finished | undefined;
    await withProgram("perl", 'exec setpriv --bounding-set=-net_admin "$PERL" "$@"', async () => {
      await TsBgp.start(powerless, "node", config);
      // only then: who answers may not have started its relay yet, and would find the perl that may write
      await until(async () => {
        last = await tsBgp("fib", "check", "--socket", `${powerless.directory}/ts-bgp.sock`);
        return last.stdout.includes("not-permitted: CAP_NET_ADMIN is missing");
      });
    });
    expect(last?.code).toBe(3);
    expect(last?.stdout).toMatch(/Found +3 missing, 0 leading another way, 0 left over\n/);
  });
});

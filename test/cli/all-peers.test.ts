/** Orders to all peers at once. */

import { afterEach, expect, test } from "vitest";
import type { PeerRow } from "../../src/control/answers/peer.ts";
import { RunningDaemon } from "../support/program.ts";

let daemon: RunningDaemon;
const peer = (name: string, host: number): object => ({ name, address: `127.0.31.${host}`, asn: 64512, passive: true });

const start = async (...peers: readonly object[]): Promise<void> => {
  daemon = new RunningDaemon("rr", { router: { asn: 64512, id: "10.0.0.1" }, listen: [], peers });
  await daemon.logged("configuration applied");
};
afterEach(() => daemon.dispose());

const down = async (): Promise<readonly (string | null)[]> => (await daemon.value<readonly PeerRow[]>("peers")).map(({ shutdown }) => shutdown);

test("reach each for whom they make sense, and say so in a line each", async () => {
  await start(peer("a", 1), { ...peer("b", 2), shutdown: "broken" }, peer("c", 3));
  expect(await daemon.ask("shutdown", "all", "moving racks")).toMatchObject({ code: 0, stdout: "a (127.0.31.1): shut down.\nc (127.0.31.3): shut down.\n" });
  expect(await down()).toEqual(["moving racks", "broken", "moving racks"]);
  expect(await daemon.ask("clear", "all")).toMatchObject({ code: 0, stdout: "There is no peer for that.\n" });
  expect(await daemon.value("enable", "all")).toMatchObject([{ peer: "a", ordered: "enable" }, { peer: "b" }, { peer: "c" }]);
  expect(await down()).toEqual([null, null, null]);
  expect(await daemon.ask("clear", "all", "--soft", "in")).toMatchObject({ code: 0, stdout: "There is no peer for that.\n" });
  expect((await daemon.ask("clear", "all")).stdout.split("\n")).toHaveLength(3 + 1);
});

test("reach one alone where that is its name", async () => {
  await start(peer("all", 1), peer("b", 2));
  expect(await daemon.ask("shutdown", "all")).toMatchObject({ code: 0, stdout: "all (127.0.31.1): shut down.\n" });
  expect(await down()).toEqual(["", null]);
});

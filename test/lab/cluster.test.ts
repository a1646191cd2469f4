/** `ts-bgp lab --etcd` as a user runs it: a mesh out of etcd, a reflector in its place without a lost ping, a node deleted; and nothing is left behind. */

import { expect, it } from "vitest";
import { LabRun, remains } from "../support/lab-run.ts";
import { describeWith } from "../support/needs.ts";

await describeWith(["ping", "etcd"], "ts-bgp lab --etcd", () => {
  it("shows a mesh giving way to a reflector while every ping is answered, and a node deleted", async () => {
    const lab = new LabRun(["--etcd"]);
    expect(await lab.exitCode(), lab.output).toBe(0);
    for (const shown of [
      /etcd is up and has what calicoctl would have written: 8 keys/,
      /Datastore: following at http:\/\/172\.17\.8\.1:2379, 6 keys/,
      /172\.17\.8\.102 \| node-to-node mesh \| up /,
      /^192\.168\.2\.128\/26 via 172\.17\.8\.102 dev eth0 proto bird metric 1024/m,
      /nodeToNodeMeshEnabled: false; the mesh is gone, every route is still there, \d+ pings answered, none lost/,
      /172\.17\.8\.201 \| node specific +\| up /,
      /its Node is deleted from etcd/,
      /node-3 is back/,
    ]) {
      expect(lab.output).toMatch(shown);
    }
    expect(await remains(lab.id)).toEqual([]);
  });

  it("takes everything down, etcd too, when it is interrupted", async () => {
    const lab = new LabRun(["--etcd"]);
    await lab.says("pings a second");
    lab.signal("SIGINT");
    expect(await lab.exitCode(), lab.output).toBe(130);
    expect(await remains(lab.id)).toEqual([]);
  });

  it("does not mix with BIRD, which does not read etcd", async () => {
    const lab = new LabRun(["--etcd", "--bird", "1"]);
    expect(await lab.exitCode()).toBe(2);
    expect(lab.output).toContain("BIRD does not read etcd");
  });
});

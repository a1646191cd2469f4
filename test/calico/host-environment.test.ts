/** What a host adds to the cluster's resources, as Calico's own programs find it out; and that a change of it is noticed. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderWatch } from "../../src/calico/folder-watch.ts";
import { hostEnvironment, nodeNameOf, workloadFolder } from "../../src/calico/host-environment.ts";
import { until } from "../support/until.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-host-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("the name of this node", () => {
  it("is NODENAME, else what calico/node wrote down, else the host's in small letters", () => {
    const file = join(folder, "nodename");
    expect(nodeNameOf({ HOSTNAME: "Worker-7" }, file)).toBe("worker-7");
    expect(nodeNameOf({}, file)).toBe(hostname().toLowerCase());
    writeFileSync(file, "node-a\n");
    expect(nodeNameOf({ HOSTNAME: "Worker-7" }, file)).toBe("node-a");
    expect(nodeNameOf({ NODENAME: "node-b" }, file)).toBe("node-b");
  });
});

describe("the environment", () => {
  it("has what the variables say, and nothing where they are empty", () => {
    const given = { CALICO_ROUTER_ID: "hash", CALICO_ADVERTISE_CLUSTER_IPS: "10.96.0.0/12", USE_POD_CIDR: "True" };
    expect(hostEnvironment(given, folder)).toMatchObject({ routerId: "hash", advertiseClusterIps: "10.96.0.0/12", podCidrs: "use-as-blocks" });
    expect(hostEnvironment({ CALICO_ROUTER_ID: "" }, folder)).toMatchObject({ routerId: undefined, advertiseClusterIps: undefined, podCidrs: "ignore" });
  });

  it("finds a secret in the file that is called like it, as it is there now", () => {
    const { secret } = hostEnvironment({}, folder);
    expect(secret({ name: "bgp", key: "mesh" })).toMatchObject({ kind: "unreadable" });
    mkdirSync(join(folder, "bgp"));
    writeFileSync(join(folder, "bgp", "mesh"), "first\n");
    expect(secret({ name: "bgp", key: "mesh" })).toEqual({ kind: "text", text: "first\n" });
    writeFileSync(join(folder, "bgp", "mesh"), "second\n");
    expect(secret({ name: "bgp", key: "mesh" })).toEqual({ kind: "text", text: "second\n" });
  });

  it.each([
    ["..", "passwd"],
    ["../..", "etc"],
    ["bgp", "../../passwd"],
    ["", "x"],
  ])("finds no secret outside its folder (%s, %s)", (name, key) => {
    writeFileSync(join(folder, "passwd"), "not yours");
    const inner = join(folder, "secrets");
    expect(hostEnvironment({}, inner).secret({ name, key })).toEqual({ kind: "unreadable", why: "its name is no name of a file" });
  });

  it("has the workloads that Felix tells of, and nothing of a file that is half written", () => {
    const given = { CALICO_ENDPOINT_STATUS_PATH_PREFIX: folder };
    expect(hostEnvironment(given, folder).workloads).toEqual([]);
    const status = workloadFolder(given);
    mkdirSync(status);
    writeFileSync(join(status, "b"), JSON.stringify({ ifaceName: "cali1", ipv4Nets: ["10.1.1.2/32"], ipv6Nets: ["fd00::2/128"], bgpPeerName: "workloads" }));
    writeFileSync(join(status, "a"), '{"ifaceName":"cali2","ipv4Nets":["10.1.1');
    writeFileSync(join(status, "c"), JSON.stringify({ ifaceName: "cali3", ipv4Nets: ["10.1.1.3/32"] }));
    expect(hostEnvironment(given, folder).workloads).toEqual([{ bgpPeerName: "workloads", addresses: ["10.1.1.2", "fd00::2"] }]);
  });
});

describe("a watched folder", () => {
  it("tells of files that come, change and go, and not of what is as it was", async () => {
    let told = 0;
    const watch = new FolderWatch(folder, () => told++);
    writeFileSync(join(folder, "a"), "1");
    await until(() => told === 1, "a file came");
    writeFileSync(join(folder, "a"), "12");
    await until(() => told === 2, "a file changed");
    rmSync(join(folder, "a"));
    await until(() => told === 3, "a file went");
    watch.close();
  });

  it("need not be there", () => {
    new FolderWatch(join(folder, "nowhere"), () => undefined).close();
  });
});

/** Who is at the other end of a unix socket, by every way that this Node has. */

import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { groupId, userName } from "../../src/system/accounts.ts";
import { hasFfi } from "../../src/system/libc.ts";
import { peerCredentials } from "../../src/system/peer-credentials.ts";

const CARRIERS = hasFfi() ? (["perl", "ffi"] as const) : (["perl"] as const);

let folder: string;
let server: Server;
let client: Socket;
let accepted: Socket;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "ts-bgp-peercred-"));
  server = createServer().listen(join(folder, "socket"));
  await once(server, "listening");
  const connection = once(server, "connection");
  client = connect(join(folder, "socket"));
  [accepted] = (await connection) as [Socket];
});

afterEach(() => {
  client.destroy();
  accepted.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

describe.each(CARRIERS)("by %s", (carrier) => {
  test("it is told which process connected, and whose it is", async () => {
    expect(await peerCredentials(accepted, carrier)).toEqual({ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  });

  test("the socket goes on as before", async () => {
    await peerCredentials(accepted, carrier);
    client.write("still here");
    expect(String((await once(accepted, "data"))[0])).toBe("still here");
  });
});

test("nobody is behind a socket that is closed", async () => {
  accepted.destroy();
  await once(accepted, "close");
  expect(await peerCredentials(accepted)).toBeUndefined();
});

test("groups are known by name and by number, users by number", () => {
  const groups = (): string => "root:x:0:\nbird:x:117:calico\n";
  expect([groupId("bird", groups), groupId("4711", groups), groupId("birds", groups)]).toEqual([117, 4711, undefined]);
  expect([userName(0, () => "root:x:0:0:root:/root:/bin/sh\n"), userName(7, () => "root:x:0:0:root:/root:/bin/sh\n")]).toEqual(["root", undefined]);
});

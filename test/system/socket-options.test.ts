/** Socket options: the octets of each, and that the kernel has them afterwards, whichever way they were set. */

import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type Server, type Socket, connect, createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Prefix } from "../../src/ip/prefix.ts";
import { hasFfi } from "../../src/system/libc.ts";
import { type OptionCarrier, type SocketHandle, handleOf, optionSetter } from "../../src/system/set-socket-options.ts";
import { type SocketOption, device, dscp, md5Key, minTtl, ttl, userTimeout } from "../../src/system/socket-options.ts";

const CARRIERS: readonly OptionCarrier[] = hasFfi() ? ["ffi", "perl"] : ["perl"];

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function prefix(text: string): Prefix {
  return text as Prefix;
}

const KEY = Buffer.from("geheim");

describe("the octets of an option", () => {
  it.each([
    { option: dscp(4, 48), bytes: "c0000000" },
    { option: ttl(6, 255), bytes: "ff000000" },
    { option: minTtl(4, 254), bytes: "fe000000" },
    { option: userTimeout(30_000), bytes: "30750000" },
    { option: device("eth0"), bytes: "6574683000" },
  ])("$option.name", ({ option, bytes }) => {
    expect(hex(option.value)).toBe(bytes);
  });

  it.each([
    // family, then the address: at 4 of sockaddr_in, at 8 of sockaddr_in6
    { title: "an IPv4 peer on an IPv4 socket", option: md5Key(4, prefix("10.0.0.2/32"), KEY), code: 14, address: "0200" + "0000" + "0a000002", flags: "0000" },
    { title: "an IPv4 range", option: md5Key(4, prefix("10.0.0.0/8"), KEY), code: 32, address: "0200" + "0000" + "0a000000", flags: "0108" },
    { title: "an IPv4 range on an IPv6 socket: mapped, with its own length", option: md5Key(6, prefix("10.0.0.0/8"), KEY), code: 32, address: "0a00" + "0000" + "00000000" + "00000000000000000000ffff0a000000", flags: "0108" },
    { title: "an IPv6 peer", option: md5Key(6, prefix("fd00::2/128"), KEY), code: 14, address: "0a00" + "0000" + "00000000" + "fd000000000000000000000000000002", flags: "0000" },
    { title: "an IPv6 range", option: md5Key(6, prefix("fd00::/16"), KEY), code: 32, address: "0a00" + "0000" + "00000000" + "fd000000000000000000000000000000", flags: "0110" },
  ])("a key for $title", ({ option, code, address, flags }) => {
    expect(option.value).toHaveLength(216);
    expect([option.level, option.code]).toEqual([6, code]);
    expect(hex(option.value.subarray(0, address.length / 2))).toBe(address);
    expect(hex(option.value.subarray(128, 136))).toBe(`${flags}0600${"00000000"}`);
    expect(Buffer.from(option.value.subarray(136)).toString("latin1").replace(/\0+$/, "")).toBe("geheim");
  });

  it("a key is taken away by one without length, and is never part of a name", () => {
    expect(hex(md5Key(4, prefix("10.0.0.2/32"), undefined).value.subarray(128))).toMatch(/^0+$/);
    expect(md5Key(4, prefix("10.0.0.2/32"), KEY).name).toBe("TCP MD5 key for 10.0.0.2/32");
  });

  it("a key has 1 to 80 octets", () => {
    expect(() => md5Key(4, prefix("10.0.0.2/32"), new Uint8Array(81))).toThrow(RangeError);
    expect(() => md5Key(4, prefix("10.0.0.2/32"), new Uint8Array(0))).toThrow(RangeError);
    expect(md5Key(4, prefix("10.0.0.2/32"), new Uint8Array(80).fill(7)).value.at(-1)).toBe(7);
  });
});

async function listening(host: string): Promise<Server> {
  const server = createServer().listen(0, host);
  cleanups.push(() => server.close());
  await once(server, "listening");
  return server;
}

async function connected(host: string): Promise<Socket> {
  const bound = (await listening(host)).address();
  const socket = connect({ host, port: typeof bound === "object" && bound ? bound.port : 0 });
  cleanups.push(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

function handle(socket: Parameters<typeof handleOf>[0]): SocketHandle {
  const found = handleOf(socket);
  if (!found) throw new Error("the socket is not open");
  return found;
}

/** What the kernel says an option is. */
function actual({ fd }: SocketHandle, { level, code }: SocketOption): string {
  const script = 'open($s, "+<&=", 3); print unpack("H*", getsockopt($s, $ARGV[0], $ARGV[1]))';
  return execFileSync("perl", ["-e", script, String(level), String(code)], { stdio: ["ignore", "pipe", "pipe", fd], encoding: "utf8" });
}

describe.each(CARRIERS)("set by %s, the kernel has", (carrier) => {
  const setter = optionSetter(carrier);

  it.each([
    { host: "127.0.0.1", version: 4 as const },
    { host: "::1", version: 6 as const },
  ])("the options of an IPv$version connection", async ({ host, version }) => {
    const socket = handle(await connected(host));
    const options = [dscp(version, 48), ttl(version, 255), minTtl(version, 254), userTimeout(30_000)];
    expect(await setter.set(socket, options)).toEqual([]);
    expect(options.map((option) => actual(socket, option))).toEqual(options.map(({ value }) => hex(value)));
  });

  it("the options of a UDP socket", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    cleanups.push(() => socket.close());
    await once(socket, "listening");
    const option = dscp(4, 48);
    expect(await setter.set(handle(socket), [option])).toEqual([]);
    expect(actual(handle(socket), option)).toBe(hex(option.value));
  });

  it("keys of peers and of ranges, until they are taken away", async () => {
    const socket = handle(await listening("127.0.0.1"));
    const prefixes = [prefix("10.0.0.2/32"), prefix("10.1.0.0/16")];
    expect(await setter.set(socket, prefixes.map((of) => md5Key(4, of, KEY)))).toEqual([]);
    expect(await setter.set(socket, prefixes.map((of) => md5Key(4, of, undefined)))).toEqual([]);
    const again = await setter.set(socket, prefixes.map((of) => md5Key(4, of, undefined)));
    expect(again.map(({ reason }) => reason)).toEqual(["ENOENT", "ENOENT"]);
  });

  it("keys of both IP versions, on a socket that listens on both", async () => {
    const socket = handle(await listening("::"));
    const prefixes = [prefix("10.0.0.2/32"), prefix("10.1.0.0/16"), prefix("fd00::2/128"), prefix("fd01::/16")];
    expect(await setter.set(socket, prefixes.map((of) => md5Key(6, of, KEY)))).toEqual([]);
  });

  it("every option but the one that failed, and which that was", async () => {
    const socket = handle(await connected("127.0.0.1"));
    const wrong = device("no-such-device");
    const failures = await setter.set(socket, [ttl(4, 7), wrong, dscp(4, 10)]);
    expect(failures).toEqual([{ option: wrong, reason: "ENODEV" }]);
    expect(actual(socket, ttl(4, 0))).toBe("07000000");
    expect(actual(socket, dscp(4, 0))).toBe("28000000");
  });

  it("what many sockets asked for at once, each its own, and the last word where one asked twice", async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connected("127.0.0.1")));
    const asked = [...sockets.map((socket) => setter.set(handle(socket), [ttl(4, 100)])), ...sockets.map((socket, index) => setter.set(handle(socket), [ttl(4, 101 + index)]))];
    expect((await Promise.all(asked)).flat()).toEqual([]);
    for (const index of [0, 50, 99]) expect(actual(handle(sockets[index] as Socket), ttl(4, 0))).toBe(hex(ttl(4, 101 + index).value));
  });

  it("nothing of what a closed socket asked for", async () => {
    const socket = await connected("127.0.0.1");
    const closed = handle(socket);
    socket.destroy();
    expect(handleOf(socket)).toBeUndefined();
    expect(await setter.set({ fd: -1 }, [ttl(4, 1)])).toEqual([{ option: ttl(4, 1), reason: "EBADF" }]);
    expect((await setter.set(closed, [ttl(4, 1)])).map(({ reason }) => reason)).toEqual(["EBADF"]);
  });
});

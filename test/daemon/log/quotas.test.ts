/** What others can make us log as often as they like is told now and then, and counted. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseAddress, type IpAddress } from "../../../src/ip/address.ts";
import type { AttributeFault } from "../../../src/bgp/wire/error.ts";
import { parseDaemonConfig } from "../../../src/daemon/config/config.ts";
import type { AnyFact } from "../../../src/daemon/facts.ts";
import { Log } from "../../../src/daemon/log/log.ts";
import { LogQuotas, QUOTA_MS } from "../../../src/daemon/log/quotas.ts";
import type { PeerName } from "../../../src/speaker/config/config.ts";

function stranger(address: string): AnyFact {
  return { kind: "unknown-connection", remote: { address: parseAddress(address) as IpAddress, port: 50_000 } };
}

function fault(peer: string, code: number): AnyFact {
  const wrong: AttributeFault = { code, severity: "treat-as-withdraw", reason: "is empty", bytes: Uint8Array.of(0x40, code, 0) };
  return { kind: "attribute-fault", peer: peer as PeerName, fault: wrong };
}

/** How many of so many in a row are told. */
function told(quotas: LogQuotas, fact: AnyFact, times: number, nowMs: number): number {
  return Array.from({ length: times }, () => quotas.admits(fact, nowMs)).filter(Boolean).length;
}

describe("within a minute", () => {
  test("a stranger is told once, and another one too", () => {
    const quotas = new LogQuotas();
    expect(told(quotas, stranger("192.0.2.1"), 1000, 0)).toBe(1);
    expect(told(quotas, stranger("192.0.2.2"), 1000, 0)).toBe(1);
  });

  test("strangers from a thousand addresses are a few lines [5.8-stranger-log]", () => {
    const quotas = new LogQuotas();
    let lines = 0;
    for (let host = 0; host < 1000; host++) lines += told(quotas, stranger(`10.0.${host >> 8}.${host & 255}`), 2, 0);
    expect(lines).toBe(33);
  });

  test("a bad attribute is told once for each peer and attribute [5.4-log-limit]", () => {
    const quotas = new LogQuotas();
    const facts = [fault("a", 2), fault("a", 8), fault("b", 2)];
    expect(facts.map((fact) => told(quotas, fact, 500, 0))).toEqual([1, 1, 1]);
  });

  test("a peer may come and go a few times before it is only counted", () => {
    const quotas = new LogQuotas();
    expect(told(quotas, { kind: "peer-down", peer: "a" as PeerName, was: "established", reason: { kind: "lost" } }, 500, 0)).toBe(10);
  });

  test("a full range is told once, whoever calls from it", () => {
    const full = (host: number): AnyFact => ({ kind: "range-full", range: "rack-a", remote: { address: parseAddress(`10.1.0.${host}`) as IpAddress, port: 50_000 }, limit: 2, refused: host });
    const quotas = new LogQuotas();
    expect([1, 2, 3].map((host) => told(quotas, full(host), 100, 0))).toEqual([1, 0, 0]);
  });

  test("what nobody else can cause is told always", () => {
    expect(told(new LogQuotas(), { kind: "stopping", until: "restart", because: "SIGTERM" }, 50, 0)).toBe(50);
  });
});

describe("when the minute is over", () => {
  test("the count of what was held back is told once, with the latest of it", () => {
    const quotas = new LogQuotas();
    told(quotas, stranger("192.0.2.1"), 7, 0);
    expect(quotas.ended(QUOTA_MS - 1)).toEqual({ over: [], waiting: true });
    expect(quotas.ended(QUOTA_MS)).toEqual({ over: [{ fact: stranger("192.0.2.1"), heldBack: 6 }], waiting: false });
    expect(quotas.ended(QUOTA_MS)).toEqual({ over: [], waiting: false });
    expect(told(quotas, stranger("192.0.2.1"), 7, QUOTA_MS)).toBe(1);
  });

  test("a subject that was quiet makes room for another", () => {
    const quotas = new LogQuotas();
    for (let host = 0; host < 32; host++) told(quotas, stranger(`10.0.0.${host}`), 1, 0);
    expect(told(quotas, stranger("10.1.0.1"), 1, QUOTA_MS)).toBe(1);
    expect(told(quotas, stranger("10.1.0.2"), 1, QUOTA_MS)).toBe(1);
  });
});

describe("in the log", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("a flood of bad attributes is a line with peer, attribute, action and octets, and a line with the count [5.4-log-limit]", () => {
    const lines: Record<string, unknown>[] = [];
    const log = new Log(parseDaemonConfig({ router: { asn: 1, id: "1.1.1.1" } }).log, { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
    for (let i = 0; i < 100; i++) log.tell(fault("Mesh_10_0_0_1", 2));
    expect(lines).toMatchObject([{ level: "warn", peer: "Mesh_10_0_0_1", attribute: "AS_PATH", code: 2, action: "treat-as-withdraw", reason: "is empty", bytes: "400200" }]);
    vi.advanceTimersByTime(2 * QUOTA_MS);
    expect(lines[1]).toMatchObject({ msg: "Mesh_10_0_0_1 sent a bad AS_PATH, treat-as-withdraw: is empty (the last of 99 like it in 60 s)", heldBack: 99 });
    expect(lines).toHaveLength(2);
  });
});

/** What whoever monitors us is told of a peer: one speaker against a peer of bytes. */

import { beforeEach, describe, expect, it } from "vitest";
import type { IpAddress } from "../../src/ip/address.ts";
import { FAMILIES } from "../../src/bgp/wire/context.ts";
import type { Capability } from "../../src/bgp/wire/message-types.ts";
import { decodeMessage } from "../../src/bgp/wire/message.ts";
import { NlriReader, nlriOf } from "../../src/bgp/wire/nlri.ts";
import { prefixFromBytes } from "../../src/ip/prefix.ts";
import type { Monitor } from "../../src/speaker/monitoring/monitoring.ts";
import { retelling } from "../../src/speaker/monitoring/retelling.ts";
import { Network, type TestSpeaker } from "../support/network.ts";
import { AGREED, ScriptedPeer } from "../support/scripted-peer.ts";
import { MANDATORY, OPTIONAL, attribute, hex, rawUpdate } from "../wire/raw.ts";

const AS = 64512;
const PEER = "10.0.0.2";
const ID = 0x0a000002;
const CAPABILITIES: readonly Capability[] = [
  { kind: "multiprotocol", family: FAMILIES.ipv4 },
  { kind: "four-octet-as", asn: AS },
  { kind: "route-refresh" },
  { kind: "enhanced-route-refresh" },
];
const PATH_ID: Capability = { kind: "add-path", entries: [{ ...FAMILIES.ipv4, mode: "send" }] };
const HEAD = 19;

/** Writes down what it hears: "up peer", "+10.1.0.0/16", "-10.1.0.0/16", "end", "down lost". */
class Notebook implements Monitor {
  readonly lines: string[] = [];
  readonly frames: Uint8Array[] = [];
  readonly #us: TestSpeaker;

  constructor(us: TestSpeaker) {
    this.#us = us;
  }

  up(peer: string): void {
    this.lines.push(`up ${peer}`);
  }

  heard(peer: string, update: Uint8Array): void {
    this.frames.push(update.slice());
    this.lines.push(...saidIn(update, this.#us, peer));
  }

  down(_: string, reason: { readonly kind: string }): void {
    this.lines.push(`down ${reason.kind}`);
  }
}

/** What an UPDATE says, read as the OPENs of the session have it. */
function saidIn(frame: Uint8Array, speaker: TestSpeaker, name: string): readonly string[] {
  const established = [...speaker.speaker.monitoring.established()].find(({ peer }) => peer === name);
  const message = decodeMessage(frame, established?.session.negotiated.codec ?? AGREED);
  if (message.kind !== "update") throw new Error(`a ${message.kind}`);
  if (message.endOfRib) return [`end ${message.endOfRib}`];
  const prefixes = (nlri: Parameters<typeof readAll>[0], sign: string): readonly string[] => readAll(nlri).map((text) => sign + text);
  return [...message.withdrawn.flatMap((nlri) => prefixes(nlri, "-")), ...message.announced.flatMap(({ nlri }) => prefixes(nlri, "+"))];
}

function readAll(nlri: ConstructorParameters<typeof NlriReader>[0] & object): readonly string[] {
  const reader = new NlriReader(nlri);
  const found: string[] = [];
  while (reader.next()) found.push(`${prefixFromBytes(reader.bytes, reader.at, reader.bits, 4)}${reader.idBytes ? `#${reader.pathId}` : ""}`);
  return found;
}

let network: Network;
let us: TestSpeaker;
let peer: ScriptedPeer;
let notebook: Notebook;

function begin(more: object = {}, document: object = {}): void {
  network = new Network();
  us = network.add("10.0.0.1", { router: { asn: AS, id: "10.0.0.1" }, peers: [{ name: "peer", address: PEER, asn: AS, passive: true, ...more }], ...document });
  network.run(60_000); // initial convergence is over
  notebook = new Notebook(us);
}

function call(capabilities: readonly Capability[] = CAPABILITIES, agreed = { ...AGREED, internal: true }): void {
  peer = new ScriptedPeer(us, PEER);
  peer.establish(AS, ID, capabilities, agreed);
}

function listen(): void {
  us.speaker.monitoring.monitor = notebook;
}

function announce(...octets: string[]): void {
  peer.sayBytes(rawUpdate({ attributes: [...MANDATORY_INTERNAL], nlri: octets.flatMap((text) => hex(text)) }));
}

const MANDATORY_INTERNAL = [...attribute(0x40, 1, [0]), ...attribute(0x40, 2, []), ...attribute(0x40, 3, [10, 0, 0, 2]), ...attribute(0x40, 5, [0, 0, 0, 100])];

/** Everything that a station would be told of before. */
function table(): readonly string[] {
  const dump = us.speaker.monitoring.dump();
  const lines: string[] = [];
  const tell = (name: string, update: Uint8Array): void => void lines.push(...saidIn(update, us, name));
  while (dump.part(1, tell) === "more");
  return lines;
}

beforeEach(() => begin());

describe("whoever listens hears of a peer, in order", () => {
  it("that it came up, each UPDATE octet for octet, and how it ended", () => {
    listen();
    call();
    announce("10 0a01");
    const last = rawUpdate({ withdrawn: hex("10 0a01") });
    peer.sayBytes(last);
    peer.sayBytes(rawUpdate({}));
    peer.vanish();
    expect(notebook.lines).toEqual(["up peer", "+10.1.0.0/16", "-10.1.0.0/16", "end ipv4", "down lost"]);
    expect(notebook.frames[1]).toEqual(last);
  });

  it("nothing when it never came up", () => {
    listen();
    peer = new ScriptedPeer(us, PEER);
    peer.vanish();
    expect(notebook.lines).toEqual([]);
  });

  it("nothing after it stopped listening", () => {
    listen();
    call();
    us.speaker.monitoring.monitor = undefined;
    announce("10 0a01");
    expect(notebook.lines).toEqual(["up peer"]);
  });

  it("an UPDATE that ends the session is not told, its end is", () => {
    listen();
    call();
    peer.sayBytes(rawUpdate({ attributes: [...MANDATORY_INTERNAL], nlri: hex("ff 0a01") }));
    expect(notebook.lines).toEqual(["up peer", "down sent"]);
  });

  it("an UPDATE with a fault is told as what RFC 7606 makes of it, so that the table stays the same there", () => {
    listen();
    call();
    announce("10 0a01");
    peer.sayBytes(rawUpdate({ attributes: [...attribute(0x40, 1, [9]), ...MANDATORY.slice(4)], nlri: hex("10 0a01") }));
    expect(notebook.lines).toEqual(["up peer", "+10.1.0.0/16", "-10.1.0.0/16"]);
    expect(table()).toEqual(["end ipv4"]);
  });

  it("an UPDATE without the attribute that was thrown away", () => {
    listen();
    call();
    peer.sayBytes(rawUpdate({ attributes: [...MANDATORY_INTERNAL, ...attribute(0x40 | OPTIONAL, 7, [1])], nlri: hex("10 0a01") })); // an AGGREGATOR of one octet
    expect(notebook.lines).toEqual(["up peer", "+10.1.0.0/16"]);
    expect(notebook.frames[0]).toEqual(rawUpdate({ attributes: MANDATORY_INTERNAL, nlri: hex("10 0a01") }));
  });

  it("that a path went which the peer has not told again in a refresh", () => {
    call();
    announce("10 0a01", "10 0a02");
    listen();
    peer.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "begin" });
    announce("10 0a02");
    peer.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "end" });
    expect(notebook.lines).toEqual(["+10.2.0.0/16", "-10.1.0.0/16"]);
  });
});

describe("whoever comes later is told the table", () => {
  it("with the refused paths in it, and End-of-RIB behind it", () => {
    begin({ importPolicy: "none" }, { policies: { none: { rules: [], otherwise: "reject" } } });
    call();
    announce("10 0a01", "10 0a02");
    expect(us.best()).toEqual([]);
    expect(table()).toEqual(["+10.1.0.0/16", "+10.2.0.0/16", "end ipv4"]);
  });

  it("with path identifiers where the peer sends them", () => {
    begin({ addPath: "receive" });
    call([...CAPABILITIES, PATH_ID], { ...AGREED, internal: true, addPathSend: new Set(["ipv4"]) });
    announce("00000007 10 0a01", "00000009 10 0a01");
    expect(table().toSorted()).toEqual(["+10.1.0.0/16#7", "+10.1.0.0/16#9", "end ipv4"]);
  });

  it("with the attributes as the peer told them, before policy changed them", () => {
    begin({ importPolicy: "louder" }, { policies: { louder: { rules: [{ set: [{ localPref: 900 }], then: "accept" }] } } });
    call();
    announce("10 0a01");
    const told: Uint8Array[] = [];
    us.speaker.monitoring.dump().part(1e6, (_, update) => told.push(update.slice()));
    expect(us.best()[0]?.attributes.localPref).toBe(900);
    expect(told[0]).toEqual(rawUpdate({ attributes: MANDATORY_INTERNAL, nlri: hex("10 0a01") }));
  });

  it("in the AS_PATH of two octets where the peer speaks no other", () => {
    const old = CAPABILITIES.filter(({ kind }) => kind !== "four-octet-as");
    call(old, { ...AGREED, fourOctetAs: false, internal: true });
    const octets = rawUpdate({ attributes: [...attribute(0x40, 1, [0]), ...attribute(0x40, 2, hex("0201 fde9")), ...attribute(0x40, 3, [10, 0, 0, 2]), ...attribute(0x40, 5, [0, 0, 0, 100])], nlri: hex("10 0a01") });
    peer.sayBytes(octets);
    const told: Uint8Array[] = [];
    us.speaker.monitoring.dump().part(1e6, (_, update) => told.push(update.slice()));
    expect(told[0]).toEqual(octets);
  });

  it("without what the peer has yet to tell again", () => {
    call();
    announce("10 0a01", "10 0a02");
    peer.say({ kind: "route-refresh", family: FAMILIES.ipv4, subtype: "begin" });
    announce("10 0a02");
    expect(table()).toEqual(["+10.2.0.0/16", "end ipv4"]);
  });

  it("without a session that ended meanwhile, or came up since", () => {
    call();
    announce("10 0a01");
    const dump = us.speaker.monitoring.dump();
    peer.vanish();
    call();
    announce("10 0a01");
    const told: string[] = [];
    dump.part(1e6, (name, update) => void told.push(...saidIn(update, us, name)));
    expect(told).toEqual([]);
  });

  it("as live UPDATEs leave it, however they fall between its parts", () => {
    call();
    for (let group = 0; group < 40; group++) peer.say({ kind: "update", withdrawn: [], announced: [{ nlri: nlriOf("ipv4", false, Array.from({ length: 250 }, (_, at) => ({ prefix: `10.${group}.${at}.0/24` as never, pathId: 0 }))), attributes: { origin: "igp", asPath: [], localPref: 100, nextHop: { address: PEER as IpAddress } } }], faults: [] });
    listen();
    const dump = us.speaker.monitoring.dump();
    const parts: number[] = [];
    for (let part = 0; ; part++) {
      const before = notebook.lines.length;
      const standing = dump.part(4_096, (name, update) => notebook.heard(name, update));
      parts.push(notebook.lines.length - before);
      if (standing === "done") break;
      peer.sayBytes(rawUpdate({ withdrawn: hex(`18 0a${part.toString(16).padStart(2, "0")}00 18 0a${(39 - part).toString(16).padStart(2, "0")}01`) }));
      announce(`18 0b00${part.toString(16).padStart(2, "0")}`);
    }
    expect(parts.length).toBeGreaterThan(3);
    const standing = new Set<string>();
    for (const line of notebook.lines) line.startsWith("+") ? standing.add(line.slice(1)) : standing.delete(line.slice(1));
    expect([...standing].sort()).toEqual(us.speaker.view().routes({}).map(({ prefix }) => prefix as string).sort());
  });

  it("with one UPDATE for as many prefixes as were told together", () => {
    call();
    announce(...Array.from({ length: 200 }, (_, at) => `18 0a00${at.toString(16).padStart(2, "0")}`));
    const told: Uint8Array[] = [];
    us.speaker.monitoring.dump().part(1e6, (_, update) => told.push(update));
    expect(told).toHaveLength(2);
    expect(told[0]?.length).toBe(HEAD + 4 + MANDATORY_INTERNAL.length + 200 * 4);
  });
});

describe("both OPENs are kept as they were on the wire", () => {
  it("for as long as the session", () => {
    call();
    const [up] = [...us.speaker.monitoring.established()];
    const { heardOpen, sentOpen } = up?.session.link ?? {};
    expect(decodeMessage(heardOpen as Uint8Array, AGREED)).toMatchObject({ kind: "open", asn: AS, routerId: ID, holdTimeSec: 90 });
    expect(decodeMessage(sentOpen as Uint8Array, AGREED)).toEqual(peer.heard[0]);
    expect(retelling(up?.session.negotiated.codec ?? AGREED).addPathSend.size).toBe(0);
  });
});

/** A link over a socket in memory, whose peer takes bytes only when the test lets it. */

import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import type { LinkId } from "../../../src/bgp/session/vocabulary.ts";
import { BufferViews, Link } from "../../../src/daemon/tcp/link.ts";
import type { SpeakerEvent } from "../../../src/speaker/vocabulary.ts";
import { until } from "../../support/until.ts";

const SLICE = 65_536;
const KEEPALIVE = new Uint8Array(19);

/** A link, and what the speaker has for it. */
class Bench {
  readonly waiting: Uint8Array[] = [];
  readonly posted: SpeakerEvent[] = [];
  drained = 0;
  #letGo: (() => void)[] = [];
  readonly socket = Object.assign(new Duplex({ read: () => undefined, write: (_chunk, _encoding, taken) => void this.#letGo.push(taken) }), {
    setNoDelay: () => undefined,
    setTimeout: () => undefined,
  });
  readonly link = new Link(1 as LinkId, this.socket as unknown as Socket, {
    post: (event) => void this.posted.push(event),
    transmit: () => ({ pieces: this.waiting.splice(0, 1), left: this.waiting.length > 0 ? "some" : "none" }),
    drained: () => this.drained++,
    gone: () => undefined,
    views: new BufferViews(),
  });

  /** The peer's window opens. */
  peerTakes(): void {
    for (const taken of this.#letGo.splice(0)) taken();
  }
}

test("while the peer takes nothing the speaker is asked for nothing, so that its send hold timer runs (RFC 9687)", async () => {
  const bench = new Bench();
  bench.waiting.push(new Uint8Array(1000), KEEPALIVE);
  expect(bench.link.pump(SLICE)).toBe("more");
  expect(bench.link.pump(SLICE)).toBe("blocked");
  expect(bench.waiting).toEqual([KEEPALIVE]);
  bench.peerTakes();
  await until(() => bench.drained === 1, "word that it can take bytes again");
  expect(bench.link.pump(SLICE)).toBe("idle");
  expect(bench.waiting).toEqual([]);
});

test("a link that nobody waits for says nothing when its bytes are taken", () => {
  const bench = new Bench();
  bench.waiting.push(KEEPALIVE);
  bench.link.pump(SLICE);
  bench.peerTakes();
  expect(bench.link.pump(SLICE)).toBe("idle");
  expect(bench.drained).toBe(0);
});

test("a goodbye to a peer that had to wait goes on reading, because unread bytes would turn it into a reset", async () => {
  const bench = new Bench();
  bench.socket.push(new Uint8Array(512 * 1024));
  await until(() => bench.socket.isPaused(), "the peer has to wait");
  bench.waiting.push(KEEPALIVE);
  bench.link.hangUp();
  expect(bench.socket.isPaused()).toBe(false);
  bench.link.destroy();
});

test("a large read is handed on in chunks that a turn of the event loop can end between, and counts until the last one is absorbed", async () => {
  const bench = new Bench();
  const sent = Uint8Array.from({ length: 300_000 }, (_, at) => at % 251);
  bench.socket.push(sent);
  await until(() => bench.socket.isPaused(), "the peer has to wait");
  const chunks = bench.posted.map((event) => (event.kind === "bytes" ? event.bytes : expect.fail(event.kind)));
  expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(8192);
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  for (const chunk of chunks) bench.link.absorbed(chunk.length);
  expect(bench.socket.isPaused()).toBe(false);
  bench.link.destroy();
});

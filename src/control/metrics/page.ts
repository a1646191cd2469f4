/**
 * The page at /metrics, made slice by slice: in between the routing has its turns, however many peers there are.
 * Owns no door; it waits for its turn. A page is no single moment: with thousands of peers it shows some of them a few turns later.
 */

import type { PeerView } from "../../speaker/view.ts";
import type { Look } from "../look.ts";
import type { TurnQueue } from "../sockets/turn-queue.ts";
import { birdFamiliesOf } from "./bird-names.ts";
import { exposition } from "./exposition.ts";
import { familiesOf } from "./families.ts";

/** Looked at in one turn: some tens of microseconds each ten. */
export const PEERS_AT_ONCE = 100;
/** Written in one turn: about a millisecond. */
export const LINES_AT_ONCE = 500;

export async function* pageOf(look: Look, names: "ours" | "ours-and-birds", turnQueue: TurnQueue): AsyncIterable<string> {
  const peers: PeerView[] = [];
  for (const peer of look.speaker.walkPeers()) {
    peers.push(peer);
    if (peers.length % PEERS_AT_ONCE === 0) await turnQueue.wait();
  }
  const families = [...familiesOf(look, peers), ...(names === "ours" ? [] : birdFamiliesOf(look, peers))];
  let slice: string[] = [];
  for (const line of exposition(families)) {
    slice.push(line);
    if (slice.length < LINES_AT_ONCE) continue;
    yield slice.join("");
    slice = [];
    await turnQueue.wait();
  }
  if (slice.length > 0) yield slice.join("");
}

/**
 * A hint for whoever asks for the events of a peer that is not there: it may have a past, or yet come, or be mistyped.
 * The door: process.stderr.
 */

import { RefusedError, askValue } from "../control/sockets/client.ts";

/** Says so beside the answer, which goes on: only the journal knows who was there before. */
export async function hintAtAbsentPeer(socket: string, peer: string | undefined): Promise<void> {
  if (peer === undefined) return;
  try {
    await askValue(socket, { ask: "peer", peer });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
}

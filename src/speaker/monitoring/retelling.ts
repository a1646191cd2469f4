/**
 * Encodes a path that a peer announced once more, as that peer would have: for monitors that were not there at the time.
 * Pure. The encoding is the one agreed with the peer, so that whoever knows both OPENs can read it.
 */

import type { CodecContext } from "../../bgp/wire/context.ts";
import { announceFrames } from "../../bgp/wire/frames.ts";
import type { Announcement } from "../../bgp/wire/message-types.ts";

/** How we would say what that peer said: path identifiers stand where it may send them. */
export function retelling(codec: CodecContext): CodecContext {
  return { ...codec, addPathSend: codec.addPathReceive };
}

/** As few UPDATEs as say the same; what cannot be said again is left out. */
export function announcing(announcement: Announcement, context: CodecContext): readonly Uint8Array[] {
  const frames = announceFrames(announcement, context);
  if (frames === "wrong-next-hop") return [];
  if (frames !== "too-long") return frames;
  const wide = announceFrames(announcement, { ...context, maxMessageBytes: 65535 }); // a set that just fit may take some octets more in our words
  return typeof wide === "string" ? [] : wide;
}

/**
 * Text that a peer chose: shutdown messages, host names, versions.
 * Pure. RFC 9003 §2 (UTF-8, at most 255 octets) and its §5: such text may try to deceive whoever reads the log.
 */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Control characters, line ends, and marks that change the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** UTF-8 of the text, cut between two characters so that it takes at most `maxBytes`. */
export function encodeText(text: string, maxBytes: number): Uint8Array {
  const room = new Uint8Array(maxBytes);
  const { written } = ENCODER.encodeInto(text, room);
  return room.slice(0, written);
}

/** The text fit for one line of a log: what is not UTF-8 or not printable stands as U+FFFD. */
export function printableText(bytes: Uint8Array): string {
  return DECODER.decode(bytes).replace(UNPRINTABLE, "\uFFFD");
}

/**
 * The head of an HTTP request: its first line and its fields (RFC 9112 §2 to §5), as much of it as looking in takes.
 * Pure.
 */

export interface HttpHead {
  readonly method: string;
  readonly url: string;
  /** By their names in lower case; the last of several holds. */
  readonly fields: { readonly [name: string]: string };
}

/** Behind it. */
export const END_OF_HEAD = "\r\n\r\n";

const REQUEST_LINE = /^([A-Z]{1,20}) ([\x21-\x7e]+) HTTP\/1\.[01]$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

/** undefined: it is none. */
export function parseHead(text: string): HttpHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const request = REQUEST_LINE.exec(first);
  const fields = lines.map((line) => FIELD.exec(line));
  if (!request || fields.includes(null)) return undefined;
  return { method: request[1] ?? "", url: request[2] ?? "", fields: Object.fromEntries(fields.map((field) => [(field?.[1] ?? "").toLowerCase(), field?.[2] ?? ""])) };
}

/**
 * What a command is asked about: a prefix, or an address and whatever prefix holds it.
 * Pure.
 */

import { parseAddress } from "../ip/address.ts";
import { parsePrefix } from "../ip/prefix.ts";
import { UsageError } from "./outcome.ts";

export type Target = { readonly covering: string } | { readonly prefix: string };

/** Throws UsageError. Host bits are refused: whoever types 10.0.0.1/8 may mean the one or the other. */
export function targetOf(command: string, text: string): Target {
  if (parseAddress(text)) return { covering: text };
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new UsageError(`${command}: ${JSON.stringify(text)}, expected a prefix such as 192.168.18.64/26 or an address such as 192.168.18.70`);
  const [address = "", length = ""] = text.split("/");
  const isItself = parseAddress(address) === parseAddress(prefix.split("/")[0] ?? "");
  if (!isItself) throw new UsageError(`${command}: ${JSON.stringify(text)}, expected the prefix ${prefix}, or the address ${address} without /${length}`);
  return { prefix };
}

/**
 * Shapes of what stands in the datastore: like those of our own configuration, but lenient where Calico is.
 * Pure. Fields that are not known are ignored, null is absent, and a field that is at fault is as if it were not there; the
 * fault is in the list all the same, for whoever would rather have nothing than half.
 */

import { type IpAddress, parseAddress, versionOf } from "../ip/address.ts";
import { type Prefix, parsePrefix, prefixAddress } from "../ip/prefix.ts";
import { parseCommunity, parseLargeCommunity } from "../speaker/config/communities.ts";
import { type ConfigFault, type Field, type Fields, type ObjectOf, type Shape, fault, parsed, text } from "../speaker/config/schema.ts";
import type { CommunityValue, Labels, NodeAddress } from "./resources.ts";

/** An object of which only these fields are read. */
export function loose<const F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const names = Object.keys(fields);
  return {
    schema: {},
    read(input, path, faults) {
      if (!isRecord(input)) return fault(faults, path, input, "an object");
      const values = names.map((name) => valueOf(fields[name] as Field<unknown>, input[name], `${path}.${name}`, faults));
      const isLacking = names.some((name, index) => fields[name]?.presence === "required" && values[index] === undefined);
      return isLacking ? undefined : (Object.fromEntries(names.map((name, index) => [name, values[index]])) as ObjectOf<F>);
    },
  };
}

function valueOf({ shape, doc, presence }: Field<unknown>, input: unknown, path: string, faults: ConfigFault[]): unknown {
  const isAbsent = input === undefined || input === null;
  const value = isAbsent ? undefined : shape.read(input, path, faults);
  if (value !== undefined) return value;
  if (presence === "required") return isAbsent ? fault(faults, path, undefined, doc) : undefined;
  return presence === "optional" ? undefined : presence.fallback;
}

/** The items that can be read; each of the others costs only itself. */
export function each<Value>(item: Shape<Value>): Shape<readonly Value[]> {
  return {
    schema: {},
    read(input, path, faults) {
      if (!Array.isArray(input)) return fault(faults, path, input, "a list");
      return input.flatMap((value: unknown, index) => item.read(value, `${path}[${index}]`, faults) ?? []);
    },
  };
}

/** One of these words, whatever its case. */
export function anyCase<const Choice extends string>(choices: readonly Choice[]): Shape<Choice> {
  return parsed((input) => choices.find((choice) => choice === input.toLowerCase()), `one of ${choices.join(", ")}`);
}

/** An AS number as JSON number, decimal text or "high.low". */
export const asNumber: Shape<number> = {
  schema: {},
  read(input, path, faults) {
    const value = typeof input === "string" ? parseAsn(input) : input;
    const isAsn = typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
    return isAsn ? value : fault(faults, path, input, "an AS number");
  },
};

function parseAsn(input: string): number | undefined {
  const [high = "", low, ...rest] = input.split(".");
  if (rest.length > 0 || !/^\d{1,10}$/.test(high)) return undefined;
  if (low === undefined) return Number(high);
  return /^\d{1,5}$/.test(low) && Number(high) <= 0xffff && Number(low) <= 0xffff ? Number(high) * 0x10000 + Number(low) : undefined;
}

export const address: Shape<IpAddress> = parsed(parseAddress, "an IP address");

/** With clear host bits: BIRD takes no other. */
export const cidr: Shape<Prefix> = parsed((input) => {
  const prefix = parsePrefix(input);
  return prefix && parseAddress(input.slice(0, input.indexOf("/"))) === prefixAddress(prefix) ? prefix : undefined;
}, "a CIDR with clear host bits");

/** "10.0.0.1/24", or an address alone, which is its own network. */
export function nodeAddress(version: 4 | 6): Shape<NodeAddress> {
  return parsed((input) => {
    const found = parseAddress(input.split("/")[0] ?? "");
    const network = found && (input.includes("/") ? parsePrefix(input) : parsePrefix(`${found}/${version === 4 ? 32 : 128}`));
    return found && network && versionOf(found) === version ? { address: found, network } : undefined;
  }, `an IPv${version} address, with or without a length`);
}

const UNITS_SEC = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, "µs": 1e-6, "μs": 1e-6, ns: 1e-9 } as const;
const DURATION = /(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|μs|ns)/gy;

/** A duration such as "1m30s", in whole seconds. */
export const durationSec: Shape<number> = parsed((input) => {
  if (input === "0") return 0;
  let sec = 0;
  let end = 0;
  for (const [part, count, unit] of input.matchAll(DURATION)) {
    sec += Number(count) * UNITS_SEC[unit as keyof typeof UNITS_SEC];
    end += part.length;
  }
  return end === input.length && end > 0 ? Math.round(sec) : undefined;
}, 'a duration such as "1m30s"');

/** A standard community "64512:100", or a large one "64512:100:1". */
export function parseCommunityValue(input: string): CommunityValue | undefined {
  if (/^\d{1,5}:\d{1,5}$/.test(input)) {
    const value = parseCommunity(input);
    return value === undefined ? undefined : { kind: "standard", value };
  }
  const value = /^\d+:\d+:\d+$/.test(input) ? parseLargeCommunity(input) : undefined;
  return value && { kind: "large", value };
}

export const communityValue: Shape<CommunityValue> = parsed(parseCommunityValue, 'a community such as "64512:100" or "64512:100:1"');

/** A value, or else a name. */
export const communityOrName: Shape<CommunityValue | string> = parsed((input) => parseCommunityValue(input) ?? (input === "" ? undefined : input), "a community or its name");

/** A pattern of interface names; the kernel's names have at most 15 octets. */
export const interfacePattern: Shape<string> = parsed((input) => (/^[^\s/]{1,15}$/.test(input) ? input : undefined), "the name of an interface, with * and ? for what may vary");

export const labels: Shape<Labels> = {
  schema: {},
  read(input, path, faults) {
    if (!isRecord(input)) return fault(faults, path, input, "an object");
    const sound = Object.entries(input).filter(([label, value]) => typeof value === "string" || fault(faults, `${path}.${label}`, value, "a text"));
    return Object.fromEntries(sound) as Labels;
  },
};

/** A text that says something. */
export const nonEmpty: Shape<string> = parsed((input) => (input === "" ? undefined : input), text().schema["description"] as string);

export function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

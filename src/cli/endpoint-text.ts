/**
 * ADDRESS:PORT as people write it on a command line.
 */

import { type IpAddress, parseAddress } from "../ip/address.ts";
import type { Endpoint } from "../speaker/vocabulary.ts";

/** "10.0.0.9:5000", "[fd00::9]:5000"; a port alone is at `otherwise`, where there is one. */
export function endpointIn(text: string, otherwise?: IpAddress): Endpoint | undefined {
  const { plain, bracketed, port } = /^(?:(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:[\]]+)):)?(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  const address = bracketed === undefined && plain === undefined ? otherwise : parseAddress(bracketed ?? plain ?? "");
  const isWellFormed = address !== undefined && (bracketed === undefined ? plain === undefined || !address.includes(":") : address.includes(":"));
  return isWellFormed && isPort(Number(port)) ? { address, port: Number(port) } : undefined;
}

function isPort(number: number): boolean {
  return Number.isInteger(number) && number >= 1 && number <= 65535;
}

/**
 * The configuration as a JSON file.
 * The door: node:fs. Whatever is wrong with the file is one error that lists every fault, a line each.
 */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigError, type ConfigFault, describeFault } from "../../speaker/config/schema.ts";
import { type Slices, whole } from "../../speaker/slices.ts";
import type { ReadSecret } from "../../speaker/config/transport-document.ts";
import { type DaemonConfig, parsingDaemonConfig } from "./config.ts";
import { ConfigFileError } from "./file-error.ts";
import { faultOfControl } from "./control-sockets.ts";
import { explain } from "../../control/text/system-error.ts";
import { jsonMistakeIn } from "./json-mistake.ts";
import { placeAt, placesIn } from "./json-places.ts";

/** Throws ConfigFileError. */
export async function readConfigFile(file: string): Promise<DaemonConfig> {
  const source = await readSource(file);
  return configOf(file, parseJson(file, source), source);
}

/** What stands in the file, whether or not it is a configuration. Throws ConfigFileError. */
export async function readDocument(file: string): Promise<unknown> {
  return parseJson(file, await readSource(file));
}

/** The same for what was read from that file by somebody else; where the text is known, faults say where they stand in it. */
export function configOf(file: string, document: unknown, source = ""): DaemonConfig {
  return whole(readingConfigOf(file, document, source));
}

/** The same in slices. */
export function* readingConfigOf(file: string, document: unknown, source = ""): Slices<DaemonConfig> {
  try {
    const config = yield* parsingDaemonConfig(document, secretsBeside(file));
    const fault = faultOfControl(config.control);
    if (fault !== undefined) throw new ConfigFileError(file, [`control.group: ${fault}`]);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const placeOfPath = placesIn(source);
    throw new ConfigFileError(file, error.faults.map((fault) => located(fault, placeOfPath(fault.path))));
  }
}

function located(fault: ConfigFault, place: string | undefined): string {
  return `${describeFault(fault)}${place === undefined ? "" : ` (${place})`}`;
}

/** Files that the configuration names; a relative path starts where the configuration stands. */
function secretsBeside(file: string): ReadSecret {
  return (path) => {
    try {
      return { kind: "text", text: readFileSync(resolve(dirname(file), path), "utf8") };
    } catch (error) {
      return { kind: "unreadable", why: explain(error) };
    }
  };
}

const BYTE_ORDER_MARK = /^\ufeff/; // some editors put one in front

async function readSource(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).replace(BYTE_ORDER_MARK, "");
  } catch (error) {
    throw new ConfigFileError(file, [`cannot be read: ${explain(error)}`]);
  }
}

const SHORTEST = '{ "router": { "asn": 64512, "id": "10.0.0.1" } }';

function parseJson(file: string, source: string): unknown {
  if (source.trim() === "") throw new ConfigFileError(file, [`is empty, expected a configuration in JSON, such as ${SHORTEST}`]);
  try {
    return JSON.parse(source);
  } catch (error) {
    const mistake = jsonMistakeIn(source);
    if (mistake === undefined) throw error;
    throw new ConfigFileError(file, [`is no JSON: ${placeAt(source, mistake.offset)}: ${mistake.what}`]);
  }
}

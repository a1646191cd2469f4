#!/usr/bin/env node
/**
 * `ts-bgp`: the file that is run. A daemon heeds signals before anything else, because loading the rest takes a fifth of a
 * second, and seconds on a busy host; everything else is in program.ts.
 */

import { heedEarly } from "../daemon/early-signals.ts";

const command = process.argv.slice(2).find((word) => !word.startsWith("-"));
if (command === "node" || command === "rr") heedEarly();
await import("./program.ts");

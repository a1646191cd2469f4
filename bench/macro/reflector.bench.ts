/** A whole speaker as reflector, from received bytes to bytes handed to every client; sockets and kernel left out. */

import { bench, describe } from "vitest";
import { BenchReflector } from "../support/reflector.ts";
import { concatenate, frameOf, tableFrames } from "../support/tables.ts";

const CHUNK_BYTES = 65_536;
const TABLE = concatenate(tableFrames({ sets: 14_300, prefixesPerSet: 7 }));

function feed(reflector: BenchReflector): void {
  for (let at = 0; at < TABLE.length; at += CHUNK_BYTES) reflector.receive(1, TABLE.subarray(at, at + CHUNK_BYTES));
}

describe("table load: 100 100 routes in 14 300 attribute sets", () => {
  bench("to 1 client", () => feed(new BenchReflector(2)), { iterations: 5, time: 0, warmupIterations: 2, warmupTime: 0 });
  bench("to 100 clients", () => feed(new BenchReflector(101)), { iterations: 5, time: 0, warmupIterations: 2, warmupTime: 0 });
});

describe("cold start: every client announces 20 routes and hears all others", () => {
  for (const clients of [100, 1000]) {
    bench(
      `${clients} clients`,
      () => {
        const reflector = new BenchReflector(clients);
        for (let link = 1; link <= clients; link++) reflector.receive(link, frameOf(link, link * 20, 20));
      },
      { iterations: 3, time: 0, warmupIterations: 1, warmupTime: 0 },
    );
  }
});

describe("churn: one changed route, one turn", () => {
  for (const clients of [10, 500]) {
    const reflector = new BenchReflector(clients);
    let change = 0;
    bench(`to ${clients - 1} clients`, () => reflector.receive(1, frameOf(change++ % 1000, 5, 1)));
  }
});

/**
 * Runs the reading of UPDATEs until it is compiled, so that a short measurement does not wait for the generator's own beginning.
 * Pure.
 */

import { Heard } from "./heard.ts";
import { TYPE, tableOf } from "./octets.ts";
import { FIRST_CLIENT, Layout, type LoadPlan } from "./plan.ts";
import { type MessageTaker, Splitter } from "./splitter.ts";
import { type Announcement, readUpdate } from "./update-reader.ts";

const CLIENTS = 100;
const PREFIXES = 20;
const ROUNDS = 30;

export function warmUp(plan: LoadPlan): void {
  const shares = Array.from({ length: CLIENTS }, (_, client) => ({ clients: [client], prefixes: PREFIXES, sets: 1 }));
  const layout = new Layout({ ...plan, clients: CLIENTS, shares });
  const heard = new Heard(layout, 0);
  const tables = shares.map((_, client) => tableOf(layout, client));
  const splitter = new Splitter();
  const listener = {
    // what a reflector would have added
    announce: (client: number, first: number, end: number, told: Announcement) => heard.announce(client, first, end, Object.assign(told, { originatorId: told.nextHop || FIRST_CLIENT })),
    withdraw: heard.withdraw.bind(heard),
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (let client = 0; client < CLIENTS; client++) {
      const take: MessageTaker = (bytes, at, end) => bytes[at + 18] === TYPE.update && readUpdate(bytes, at, end, client, listener);
      for (const table of tables) splitter.push(table, table.length, take);
    }
  }
}

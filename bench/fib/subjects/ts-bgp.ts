/** Our own program, `ts-bgp node`, on whichever Node: with node:ffi (26) it reaches the kernel by itself, without through a perl child. */

import { writeFileSync } from "node:fs";
import { BENCH_ASN, FEED_ADDRESS, SUBJECT_ADDRESS } from "../ground.ts";
import { asSubject, startOn } from "./processes.ts";
import type { Subject } from "./subject.ts";

/** Where its program and its Node are; `flags` go to Node. */
export interface TsBgpPlace {
  readonly node: string;
  readonly program: string;
  readonly flags: readonly string[];
  readonly carrier: "auto" | "perl" | "ffi";
}

export function tsBgpSubject(name: string, { node, program, flags, carrier }: TsBgpPlace): Subject {
  return {
    name,
    protocol: 12,
    programs: ["perl"],
    async start(ground) {
      const config = `${ground.directory}/ts-bgp.json`;
      writeFileSync(config, JSON.stringify(document(ground.directory, carrier)));
      const daemon = startOn(ground, { name, words: [node, ...flags, program, "node", "--config", config] });
      return asSubject(ground, new Map([[name, daemon]]));
    },
  };
}

function document(directory: string, carrier: TsBgpPlace["carrier"]): object {
  return {
    router: { asn: BENCH_ASN, id: SUBJECT_ADDRESS, ipv4: SUBJECT_ADDRESS },
    peers: [{ name: "feed", address: FEED_ADDRESS, localAddress: SUBJECT_ADDRESS, asn: BENCH_ASN, passive: true }],
    kernel: { carrier },
    control: { socket: `${directory}/ts-bgp.sock` },
  };
}

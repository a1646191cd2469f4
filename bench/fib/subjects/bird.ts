/** BIRD 2, configured as Calico configures it: recursive next hops, `-R` always, kernel routes kept while it is away. */

import { writeFileSync } from "node:fs";
import { BENCH_ASN, FEED_ADDRESS, SUBJECT_ADDRESS } from "../ground.ts";
import { asSubject, startOn } from "./processes.ts";
import type { Subject } from "./subject.ts";

const CONFIG = `log stderr { warning, error, fatal, bug };
router id ${SUBJECT_ADDRESS};
graceful restart wait 30;
protocol device {}
protocol direct { ipv4; }
protocol kernel { persist; graceful restart; ipv4 { import none; export where source = RTS_BGP; }; }
protocol bgp feed {
  local ${SUBJECT_ADDRESS} as ${BENCH_ASN};
  neighbor ${FEED_ADDRESS} as ${BENCH_ASN};
  multihop;
  passive on;
  graceful restart on;
  ipv4 { import all; export none; };
}
`;

export const birdSubject: Subject = {
  name: "bird2",
  protocol: 12,
  programs: ["bird"],
  async start(ground) {
    const config = `${ground.directory}/bird.conf`;
    writeFileSync(config, CONFIG);
    const daemon = startOn(ground, { name: "bird", words: ["bird", "-f", "-R", "-c", config, "-s", `${ground.directory}/bird.ctl`] });
    return asSubject(ground, new Map([["bird", daemon]]));
  },
};

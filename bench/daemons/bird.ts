/**
 * BIRD as a reflector: 2.x with its channels, 1.6 in the older dialect that Calico's fork speaks.
 * Pure. Next hops are looked up in a table of their own, so that master holds BGP's routes alone and `export all` may stand.
 */

import { type DaemonKind, HOLD_TIME_SEC, type ReflectorPlan } from "./daemon.ts";

export const bird2: DaemonKind = {
  title: "BIRD 2",
  programs: { bird2: "/usr/sbin/bird" },
  debian: "bird2",
  version: (_dut, locate) => [locate("bird2"), "--version"],
  launch: (plan, _dut, locate) => birdLaunch(locate("bird2"), plan, bird2Config(plan)),
};

export const bird1: DaemonKind = {
  title: "BIRD 1.6",
  programs: { bird1: "/usr/sbin/bird1" },
  debian: "bird, unpacked with dpkg -x beside bird2",
  version: (_dut, locate) => [locate("bird1"), "--version"],
  launch: (plan, _dut, locate) => birdLaunch(locate("bird1"), plan, bird1Config(plan)),
};

function birdLaunch(program: string, { directory }: ReflectorPlan, text: string): ReturnType<DaemonKind["launch"]> {
  return { files: [{ name: "bird.conf", text }], command: [program, "-f", "-c", `${directory}/bird.conf`, "-s", `${directory}/bird.ctl`, "-P", `${directory}/bird.pid`] };
}

function bird2Config(plan: ReflectorPlan): string {
  return `${preamble(plan)}
ipv4 table hops;
protocol direct { ipv4 { table hops; }; }
template bgp clients {
${session(plan)}
  ipv4 { igp table hops; import all; export all; };
}
${clients(plan)}`;
}

function bird1Config(plan: ReflectorPlan): string {
  return `${preamble(plan)}
listen bgp address ${plan.address};
table hops;
protocol direct { table hops; }
template bgp clients {
${session(plan)}
  igp table hops; import all; export all;
}
${clients(plan)}`;
}

function preamble({ address }: ReflectorPlan): string {
  return `log stderr all;
router id ${address};
protocol device { }`;
}

function session({ address, asn }: ReflectorPlan): string {
  return `  local ${address} as ${asn};
  rr client;
  rr cluster id ${address};
  passive;
  hold time ${HOLD_TIME_SEC};`;
}

function clients({ asn, clients: addresses }: ReflectorPlan): string {
  return addresses.map((address, index) => `protocol bgp c${index} from clients { neighbor ${address} as ${asn}; }\n`).join("");
}

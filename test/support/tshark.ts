/** A BMP stream as tshark understands it, a row per message. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pcapOf } from "./pcap.ts";

const PORT = 5_000;

/** What is asked of it, by names of our own. */
const FIELDS = {
  type: "bmp.type",
  peerIpv4: "bmp.peer.ip.addr",
  peerIpv6: "bmp.peer.ipv6.addr",
  asn: "bmp.peer.asn",
  routerId: "bmp.peer.id",
  sec: "bmp.peer.timestamp.sec",
  localIpv4: "bmp.peer.up.ip.addr",
  localPort: "bmp.peer.up.port.local",
  remotePort: "bmp.peer.up.port.remote",
  down: "bmp.peer.down.reason",
  sysInfo: "bmp.init.info",
  termination: "bmp.term.reason",
  adjRibIn: "bmp.stats.data.routes_adj_rib_in",
  bgpType: "bgp.type",
  openAsn: "bgp.open.myas",
  openHold: "bgp.open.holdtime",
  openId: "bgp.open.identifier",
  capabilities: "bgp.cap.type",
  error: "bgp.notify.major_error",
  subError: "bgp.notify.minor_error_cease",
  announcedIpv4: "bgp.nlri_prefix",
  withdrawnIpv4: "bgp.withdrawn_prefix",
  announcedIpv6: "bgp.mp_reach_nlri_ipv6_prefix",
  withdrawnIpv6: "bgp.mp_unreach_nlri_ipv6_prefix",
  med: "bgp.update.path_attribute.multi_exit_disc",
  malformed: "_ws.malformed",
  complaint: "_ws.expert.message",
} as const;

/** Several values of one field stand in one text, with commas between them. */
export type TsharkRow = Readonly<Record<keyof typeof FIELDS, string>>;

/** A row per segment. */
export function tsharkReads(segments: readonly Uint8Array[]): readonly TsharkRow[] {
  const names = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
  const output = tshark(segments, ["-T", "fields", ...names.flatMap((name) => ["-e", FIELDS[name]])]);
  return output.split("\n").filter((line) => line !== "").map((line) => {
    const cells = line.split("\t");
    return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ""])) as TsharkRow;
  });
}

/** Everything that it can say, for people. */
export function tsharkSays(segments: readonly Uint8Array[]): string {
  return tshark(segments, ["-V"]);
}

function tshark(segments: readonly Uint8Array[], how: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "ts-bgp-tshark-"));
  try {
    const file = join(folder, "bmp.pcap");
    writeFileSync(file, pcapOf(segments, PORT));
    const { status, stdout, stderr } = spawnSync("tshark", ["-r", file, "-d", `tcp.port==${PORT},bmp`, ...how], { encoding: "utf8", maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`tshark: exit ${status}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

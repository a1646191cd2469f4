/**
 * Who forwards no packets is told nothing about forwarding them.
 */

import { describe, expect, it } from "vitest";
import { ALL_REACHABLE } from "../../../src/bgp/rib/next-hop.ts";
import { parseSpeakerConfig } from "../../../src/speaker/config/parse.ts";
import { Speaker, type SpeakerOptions } from "../../../src/speaker/speaker.ts";

const CONFIG = parseSpeakerConfig({ router: { asn: 64512, id: "1.1.1.1" }, blocks: ["10.65.0.0/26"] });

/** Kinds of the actions after the first configuration. */
function actionsOf(packets: SpeakerOptions["packets"]): readonly string[] {
  const speaker = new Speaker(ALL_REACHABLE, packets ? { nowMs: 0, packets } : { nowMs: 0 });
  speaker.absorb({ kind: "configure", config: CONFIG }, 0);
  return speaker.flush(0).map(({ kind }) => kind);
}

describe("a speaker", () => {
  it("says what becomes of packets for its own blocks", () => {
    expect(actionsOf(undefined)).toContain("forward");
  });

  it("says nothing of packets where they are not its business", () => {
    expect(actionsOf("not-ours")).not.toContain("forward");
  });
});

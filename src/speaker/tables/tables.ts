/**
 * The tables that the rooms of the speaker share.
 * Pure.
 */

import type { AttributeStore } from "../../bgp/rib/attribute-store.ts";
import type { PrefixTable } from "../../bgp/rib/prefix-table.ts";
import type { Rib } from "../../bgp/rib/rib.ts";
import type { SourceTable } from "../../bgp/rib/source-table.ts";
import type { RuleHits } from "./rule-hits.ts";
import type { SourceChanges } from "./source-changes.ts";
import type { Verdicts } from "./verdicts.ts";

export interface Tables {
  readonly prefixes: PrefixTable;
  readonly attributes: AttributeStore;
  readonly sources: SourceTable;
  readonly rib: Rib;
  readonly verdicts: Verdicts;
  readonly hits: RuleHits;
  readonly sourceChanges: SourceChanges;
}

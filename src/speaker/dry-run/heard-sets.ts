/**
 * Numbers for the attribute sets that groups hear, so that two Adj-RIBs-Out are compared without comparing attributes.
 * Pure. Equal numbers: the same set. Different numbers may still be equal sets, because groups keep sets in forms of their own (a
 * number, an object); isSame() then compares their canonical bytes.
 */

import { present } from "../../ip/assert.ts";
import type { Brand } from "../../ip/brand.ts";
import { attributeKey } from "../../bgp/wire/attribute.ts";
import type { PathAttributes } from "../../bgp/wire/attribute-types.ts";
import type { HeardSet, Told } from "../../rr/tell.ts";
import type { ExportGroup } from "../outbound/export-group.ts";

export type HeardSetId = Brand<number, "HeardSetId">;

interface Entry {
  readonly group: ExportGroup;
  readonly told: Told;
  attributes?: PathAttributes;
  text?: string;
}

export class HeardSets {
  readonly #entries: Entry[] = [];
  readonly #objects = new Map<PathAttributes, HeardSetId>();

  /** How that group's sets are numbered. */
  of(group: ExportGroup): (told: Told) => HeardSetId {
    const numbers = new Map<HeardSet, HeardSetId>();
    return (told) => {
      const known = typeof told.attributes === "number" ? numbers : (this.#objects as Map<HeardSet, HeardSetId>);
      let id = known.get(told.attributes);
      if (id === undefined) known.set(told.attributes, (id = (this.#entries.push({ group, told }) - 1) as HeardSetId));
      return id;
    };
  }

  attributes(id: HeardSetId): PathAttributes {
    const entry = this.#entry(id);
    return (entry.attributes ??= entry.group.attributesOf(entry.told));
  }

  isSame(a: HeardSetId, b: HeardSetId): boolean {
    return a === b || this.#text(a) === this.#text(b);
  }

  #text(id: HeardSetId): string {
    return (this.#entry(id).text ??= textOfSet(this.attributes(id)));
  }

  #entry(id: HeardSetId): Entry {
    return present(this.#entries[id], "a set that was numbered");
  }
}

/** The same for sets that say the same. */
function textOfSet(attributes: PathAttributes): string {
  let text = "";
  for (const octet of attributeKey(attributes)) text += String.fromCharCode(octet);
  return text;
}

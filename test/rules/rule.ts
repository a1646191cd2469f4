/** One rule of the protocol, as this project understands it. */
export interface Rule {
  /** Section of our protocol checklist and a name of its own: "5.4-origin-length". Tests carry it in their titles. */
  readonly id: string;
  /** Where it comes from: "4271 §6.1" is a section of an RFC. */
  readonly rfc: string;
  readonly says: string;
  /** Why there is no test yet; a rule without this has at least one. */
  readonly later?: string;
}

export interface Section {
  readonly title: string;
  readonly rules: readonly Rule[];
}

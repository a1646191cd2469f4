/**
 * Numbers and strings that cannot be mixed up: a SourceId is not a PrefixId although both are numbers.
 * Pure, types only: a brand costs nothing at run time.
 */

declare const BRAND: unique symbol;

/** A `Base` that only its own module hands out. */
export type Brand<Base, Name extends string> = Base & { readonly [BRAND]: Name };

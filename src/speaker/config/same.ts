/**
 * Are two configuration values the same?
 * Pure. By value, as their JSON would be, but without writing it: a mesh of a thousand peers is compared whenever one node
 * changes. What is the same object is the same; what was found equal once is not looked at again by the same comparison.
 */

import { Secret } from "./secret.ts";

/** One comparison of two configurations, whose parts share policies and settings. */
export class Comparison {
  readonly #equal = new Map<object, object>();

  isSame(a: unknown, b: unknown): boolean {
    if (Object.is(a, b)) return true;
    if (!isObject(a) || !isObject(b)) return false;
    if (this.#equal.get(a) === b) return true;
    if (!areAlike(a, b)) return false;
    this.#equal.set(a, b);
    return true;
  }
}

function areAlike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (a instanceof Secret || b instanceof Secret) return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal();
  if (Array.isArray(a)) return a.length === (b as readonly unknown[]).length && a.every((item, index) => areAlike(item, (b as readonly unknown[])[index]));
  return areAlikeRecords(a as Fields, b as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

/** A field that is undefined is a field that is not there. */
function areAlikeRecords(a: Fields, b: Fields): boolean {
  for (const name in a) if (!areAlike(a[name], ownField(b, name))) return false;
  for (const name in b) if (b[name] !== undefined && ownField(a, name) === undefined) return false;
  return true;
}

/** A policy may be called "toString". */
function ownField(record: Fields, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

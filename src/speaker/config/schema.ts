/**
 * Shapes: one description of a configuration document that both reads it and yields its JSON Schema.
 * Pure. A reader collects every fault before it gives up, because operators want to hear of all errors at once.
 *
 * A Shape answers `undefined` for what it could not read; the fault is in the list by then. An object answers although
 * an unknown field or a single value in it is at fault, so that what its parts say of one another is checked all the same;
 * such a value leaves this room only together with its faults.
 */

import { nearestOf } from "./nearest.ts";
import { HIDDEN, isSecretName } from "./secret.ts";
import { type Slices, whole } from "../slices.ts";

const ITEMS_PER_SLICE = 128; // of a list, each about as long as a peer

/** One thing wrong with a document: where, what stands there, what should. */
export interface ConfigFault {
  /** "peers[2].holdTimeSec"; "" is the whole document. */
  readonly path: string;
  readonly value: unknown;
  readonly expected: string;
}

/** An operator's mistake, with every fault that was found. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(describeFault).join("\n"));
    this.faults = faults;
  }
}

/** One line: path, value, expectation. Passwords are not repeated, misspelt fields for them neither. */
export function describeFault(fault: ConfigFault): string {
  const where = fault.path === "" ? "the document" : fault.path;
  const hide = (name: string, value: unknown): unknown => (isSecretName(name) ? HIDDEN : value);
  const value = fault.value === undefined ? "missing" : shorten(JSON.stringify(hide(fault.path.split(".").at(-1) ?? "", fault.value), hide));
  return `${where}: ${value}, expected ${fault.expected}`;
}

export type JsonSchema = { readonly [keyword: string]: unknown };

export interface Shape<Value> {
  readonly schema: JsonSchema;
  read(input: unknown, path: string, faults: ConfigFault[]): Value | undefined;
  /** The same in slices, where it may be long. */
  reading?(input: unknown, path: string, faults: ConfigFault[]): Slices<Value | undefined>;
}

/** A field of an object: its shape, one sentence for the operator, and what holds when it is not given. */
export interface Field<Value> {
  readonly shape: Shape<unknown>;
  readonly doc: string;
  readonly presence: "required" | "optional" | { readonly fallback: Value };
}

export type Fields = { readonly [name: string]: Field<unknown> };
export type ObjectOf<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never };
export type ValueOf<S> = S extends Shape<infer Value> ? Value : never;

export function required<Value>(shape: Shape<Value>, doc: string): Field<Value> {
  return { shape, doc, presence: "required" };
}

export function optional<Value>(shape: Shape<Value>, doc: string): Field<Value | undefined> {
  return { shape, doc, presence: "optional" };
}

export function defaulted<Value>(shape: Shape<Value>, fallback: NoInfer<Value>, doc: string): Field<Value> {
  return { shape, doc, presence: { fallback } };
}

/** An object with exactly these fields: one it does not know is a fault, because a typing slip must not pass for a default. */
export function object<const F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const names = Object.keys(fields);
  const isKnown = (input: unknown, path: string, faults: ConfigFault[]): input is Readonly<Record<string, unknown>> => {
    if (!isRecord(input)) {
      fault(faults, path, input, "an object");
      return false;
    }
    for (const name of Object.keys(input)) {
      if (!names.includes(name)) fault(faults, join(path, name), input[name], noFieldBut(names, name));
    }
    return true;
  };
  return {
    schema: {
      type: "object",
      additionalProperties: false,
      properties: Object.fromEntries(names.map((name) => [name, fieldSchema(fields[name] as Field<unknown>)])),
      required: names.filter((name) => fields[name]?.presence === "required"),
    },
    read(input, path, faults) {
      if (!isKnown(input, path, faults)) return undefined;
      const entries = names.map((name) => readField(name, fields[name] as Field<unknown>, input[name], join(path, name), faults));
      return isWhole(entries) ? (Object.fromEntries(entries) as ObjectOf<F>) : undefined;
    },
    *reading(input, path, faults) {
      if (!isKnown(input, path, faults)) return undefined;
      const entries: (readonly [string, unknown] | undefined)[] = [];
      for (const name of names) {
        const field = fields[name] as Field<unknown>;
        const at = join(path, name);
        const value = input[name] === undefined ? undefined : yield* readingOf(field.shape, input[name], at, faults);
        entries.push(fieldEntry(name, field, input[name], value, at, faults));
      }
      return isWhole(entries) ? (Object.fromEntries(entries) as ObjectOf<F>) : undefined;
    },
  };
}

/** What is written of such an object, without defaults: the rest comes from elsewhere. Only `always` must be there. */
export type PartsOf<F extends Fields> = { readonly [Name in keyof F]: ObjectOf<F>[Name] | undefined };

export function parts<const F extends Fields>(fields: F, always: readonly (keyof F & string)[] = []): Shape<PartsOf<F>> {
  const presence = (name: string): Field<unknown>["presence"] => (always.includes(name) ? "required" : "optional");
  const loose = object(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { ...field, presence: presence(name) }])));
  return { schema: { ...object(fields).schema, required: always }, read: (input, path, faults) => loose.read(input, path, faults) as PartsOf<F> | undefined };
}

/** The whole object: each field from the first layer that has it, or its default; a required one in no layer is a fault. */
export function complete<const F extends Fields>(
  fields: F,
  layers: readonly { readonly [Name in keyof F]?: ObjectOf<F>[Name] | undefined }[],
  path: string,
  faults: ConfigFault[],
): ObjectOf<F> | undefined {
  const entries = Object.keys(fields).map((name) => {
    const written = layers.map((layer) => layer[name]).find((value) => value !== undefined);
    if (written !== undefined) return [name, written] as const;
    const field = fields[name] as Field<unknown>;
    const at = join(path, name);
    const isToldAlready = field.presence === "required" && faults.some((known) => known.path === at);
    return isToldAlready ? undefined : readField(name, field, undefined, at, faults);
  });
  return isWhole(entries) ? (Object.fromEntries(entries) as ObjectOf<F>) : undefined;
}

export function list<Value>(item: Shape<Value>): Shape<readonly Value[]> {
  return {
    schema: { type: "array", items: item.schema },
    read(input, path, faults) {
      if (!Array.isArray(input)) return fault(faults, path, input, "a list");
      const values = input.map((value: unknown, index) => item.read(value, `${path}[${index}]`, faults));
      return isWhole(values) ? values : undefined;
    },
    *reading(input, path, faults) {
      if (!Array.isArray(input)) return fault(faults, path, input, "a list");
      const values: (Value | undefined)[] = [];
      for (const [index, value] of (input as readonly unknown[]).entries()) {
        if (index % ITEMS_PER_SLICE === ITEMS_PER_SLICE - 1) yield;
        values.push(item.read(value, `${path}[${index}]`, faults));
      }
      return isWhole(values) ? values : undefined;
    },
  };
}

/** An object whose field names the operator chooses. */
export function dictionary<Value>(item: Shape<Value>): Shape<ReadonlyMap<string, Value>> {
  return {
    schema: { type: "object", additionalProperties: item.schema },
    read(input, path, faults) {
      if (!isRecord(input)) return fault(faults, path, input, "an object");
      const values = Object.entries(input).map(([name, value]) => item.read(value, join(path, name), faults));
      return isWhole(values) ? new Map(Object.keys(input).map((name, index) => [name, values[index] as Value])) : undefined;
    },
  };
}

/** What an object is when none of its fields is written down. */
export function defaultsOf<Value>(shape: Shape<Value>): Value {
  return shape.read({}, "", []) as Value;
}

/** A number without fraction, both bounds included. */
export function integer(minimum: number, maximum: number): Shape<number> {
  return {
    schema: { type: "integer", minimum, maximum },
    read: (input, path, faults) =>
      typeof input === "number" && Number.isInteger(input) && input >= minimum && input <= maximum
        ? input
        : fault(faults, path, input, `an integer from ${minimum} to ${maximum}${isDigits(input) ? ", without quotation marks" : ""}`),
  };
}

export function text(expected = "a text"): Shape<string> {
  return {
    schema: { type: "string", description: expected },
    read: (input, path, faults) => (typeof input === "string" ? input : fault(faults, path, input, expected)),
  };
}

export const flag: Shape<boolean> = {
  schema: { type: "boolean" },
  read: (input, path, faults) => (typeof input === "boolean" ? input : fault(faults, path, input, "true or false")),
};

/** A field that is there or not; what it means is in its name. */
export const yes: Shape<true> = {
  schema: { const: true },
  read: (input, path, faults) => (input === true ? true : fault(faults, path, input, "true, or leave the field out")),
};

export function oneOf<const Choice extends string>(choices: readonly Choice[]): Shape<Choice> {
  return {
    schema: { enum: choices },
    read: (input, path, faults) => {
      const choice = choices.find((candidate) => candidate === input);
      return choice ?? fault(faults, path, input, `one of ${choices.map((c) => JSON.stringify(c)).join(", ")}`);
    },
  };
}

/** A text that `parse` turns into a value; `expected` says what it understands. */
export function parsed<Value>(parse: (text: string) => Value | undefined, expected: string): Shape<Value> {
  return {
    schema: { type: "string", description: expected },
    read: (input, path, faults) => (typeof input === "string" ? parse(input) : undefined) ?? fault(faults, path, input, expected),
  };
}

/** The value of `shape` where it also passes `holds`. */
export function refined<Value>(shape: Shape<Value>, holds: (value: Value) => boolean, expected: string): Shape<Value> {
  return {
    schema: { ...shape.schema, description: expected },
    read(input, path, faults) {
      const value = shape.read(input, path, faults);
      return value === undefined || holds(value) ? value : fault(faults, path, input, expected);
    },
  };
}

/** An object with exactly one of these fields: a union, written down the way people write it. */
export function exactlyOne<const F extends { readonly [name: string]: Shape<unknown> }>(
  variants: F,
): Shape<{ [Name in keyof F & string]: { readonly kind: Name; readonly value: ValueOf<F[Name]> } }[keyof F & string]> {
  const names = Object.keys(variants);
  const expected = `an object with exactly one of ${names.join(", ")}`;
  return {
    schema: {
      oneOf: names.map((name) => ({ type: "object", additionalProperties: false, required: [name], properties: { [name]: variants[name]?.schema } })),
    },
    read(input, path, faults) {
      const given = isRecord(input) ? Object.keys(input) : [];
      const [kind = ""] = given;
      const shape = given.length === 1 && Object.hasOwn(variants, kind) ? variants[kind] : undefined; // "toString" is no variant
      if (!shape || !isRecord(input)) return fault(faults, path, input, expected);
      const value = shape.read(input[kind], join(path, kind), faults);
      return value === undefined ? undefined : ({ kind, value } as never);
    },
  };
}

/** A value of one shape or of another. */
export function either<A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> {
  return {
    schema: { anyOf: [one.schema, other.schema] },
    read(input, path, faults) {
      const unfit: ConfigFault[] = [];
      const value = one.read(input, path, unfit) ?? other.read(input, path, unfit);
      return value ?? fault(faults, path, input, unfit.map(({ expected }) => expected).join(", or "));
    },
  };
}

/** An object, or just the value of its most important field. */
export function orJust<Value>(field: string, just: Shape<unknown>, whole: Shape<Value>): Shape<Value> {
  return {
    schema: { anyOf: [just.schema, whole.schema] },
    read(input, path, faults) {
      if (isRecord(input)) return whole.read(input, path, faults);
      return just.read(input, path, faults) === undefined ? undefined : whole.read({ [field]: input }, path, faults);
    },
  };
}

/** Adds a fault; returns undefined so that a reader can return it. */
export function fault(faults: ConfigFault[], path: string, value: unknown, expected: string): undefined {
  faults.push({ path, value, expected });
  return undefined;
}

function isDigits(input: unknown): boolean {
  return typeof input === "string" && /^\d+$/.test(input);
}

function noFieldBut(names: readonly string[], given: string): string {
  const meant = nearestOf(given, names);
  return `no field of that name${meant.length > 0 ? `: did you mean ${meant.join(" or ")}?` : ` (known: ${names.join(", ")})`}`;
}

/** The value of a whole document; throws ConfigError with every fault. */
export function readDocument<Value>(shape: Shape<Value>, input: unknown): Value {
  return whole(checking(shape, input, function* (value) {
    return value;
  }));
}

/** In slices: what `build` makes of a document; throws ConfigError with every fault of the document and those that `build` adds. */
export function* checking<Value, Built>(shape: Shape<Value>, input: unknown, build: (value: Value, faults: ConfigFault[]) => Slices<Built>): Slices<Built> {
  const faults: ConfigFault[] = [];
  const value = yield* readingOf(shape, input, "", faults);
  if (value === undefined) throw new ConfigError(faults);
  const built = yield* build(value, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return built;
}

function* readingOf<Value>(shape: Shape<Value>, input: unknown, path: string, faults: ConfigFault[]): Slices<Value | undefined> {
  return shape.reading ? yield* shape.reading(input, path, faults) : shape.read(input, path, faults);
}

/**
 * The field's entry, or undefined where there is none to go on with. A single value at fault that need not be there is as
 * if it were not; a list or an object at fault is missed by what refers to it.
 */
function readField(name: string, field: Field<unknown>, input: unknown, path: string, faults: ConfigFault[]): readonly [string, unknown] | undefined {
  const value = input === undefined ? undefined : field.shape.read(input, path, faults);
  return fieldEntry(name, field, input, value, path, faults);
}

function fieldEntry(name: string, { doc, presence }: Field<unknown>, input: unknown, value: unknown, path: string, faults: ConfigFault[]): readonly [string, unknown] | undefined {
  if (value !== undefined) return [name, value];
  if (presence === "required") return input === undefined ? fault(faults, path, undefined, doc) : undefined;
  if (typeof input === "object") return undefined;
  return [name, presence === "optional" ? undefined : presence.fallback];
}

function isWhole<Value>(values: readonly (Value | undefined)[]): values is readonly Value[] {
  return !values.includes(undefined);
}

function fieldSchema(field: Field<unknown>): JsonSchema {
  const base = { ...field.shape.schema, description: field.doc };
  return typeof field.presence === "object" ? { ...base, default: plain(field.presence.fallback) } : base;
}

function plain(value: unknown): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}

function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function shorten(json: string): string {
  return json.length <= 80 ? json : `${json.slice(0, 77)}...`;
}

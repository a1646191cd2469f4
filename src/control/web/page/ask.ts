/**
 * Questions to the daemon, as web/ask.ts answers them.
 */

type Arguments = Readonly<Record<string, string>>;

interface Rows<Row> {
  readonly rows: readonly Row[];
  /** There are others. */
  readonly more: boolean;
}

/** Throws an Error with the daemon's own words. */
async function askRows<Row>(question: string, args: Arguments = {}): Promise<Rows<Row>> {
  return (await asked(question, args)) as Rows<Row>;
}

/** Throws an Error with the daemon's own words. */
async function askValue<Value>(question: string, args: Arguments = {}): Promise<Value> {
  return ((await asked(question, args)) as { readonly value: Value }).value;
}

async function asked(question: string, args: Arguments): Promise<object> {
  const response = await fetch(`api/${question}?${new URLSearchParams(args)}`);
  const body = (await response.json()) as { readonly error?: string };
  if (!response.ok) throw new Error(body.error ?? response.statusText);
  return body;
}

/**
 * Does the name of an interface match a pattern ("cali*", "veth-?", "*")?
 * Pure. Each list of patterns becomes one regular expression, when it is first asked.
 */

const compiled = new WeakMap<readonly string[], RegExp>();

/** `name` is "" where there is no interface: only what fits nothing at all fits that. */
export function matchesInterface(patterns: readonly string[], name: string): boolean {
  let expression = compiled.get(patterns);
  if (!expression) compiled.set(patterns, (expression = new RegExp(`^(?:${patterns.map(expressionOf).join("|")})$`)));
  return patterns.length > 0 && expression.test(name);
}

function expressionOf(pattern: string): string {
  return pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
}

/**
 * The shapes of JSON answers as they stand in the source, for the page that script writers read.
 * Whoever changes a shape changes that page with it; see test/control/shapes.test.ts.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** A command with --json, what it prints, and the type that says how it looks. */
export interface AnswerShape {
  readonly command: string;
  readonly prints: "one object" | "a list of" | "a line for each";
  readonly type: string;
  readonly file: string;
  /** Of which only a part is mentioned there: where that is, and what it is called. */
  readonly besides?: readonly (readonly [type: string, file: string])[];
}

export const ANSWERS: readonly AnswerShape[] = [
  { command: "status", prints: "one object", type: "StatusAnswer", file: "control/commands.ts" },
  { command: "peers", prints: "a list of", type: "PeerRow", file: "control/answers/peer.ts" },
  { command: "peer PEER", prints: "one object", type: "PeerDetail", file: "control/answers/peer.ts", besides: [["PeerCounters", "speaker/view.ts"]] },
  { command: "routes", prints: "a list of", type: "RouteRow", file: "control/answers/route.ts" },
  { command: "policy PEER", prints: "one object", type: "PolicyAnswer", file: "control/answers/policy.ts" },
  { command: "policy", prints: "a list of", type: "KernelRuleRow", file: "control/answers/policy.ts" },
  { command: "policies", prints: "a list of", type: "PolicyRuleView", file: "speaker/view.ts" },
  { command: "fib", prints: "one object", type: "FibAnswer", file: "control/answers/fib.ts" },
  { command: "fib --routes", prints: "a list of", type: "FibRow", file: "control/answers/fib.ts" },
  { command: "fib check", prints: "one object", type: "FibCheckAnswer", file: "control/answers/fib.ts" },
  { command: "plan FILE", prints: "a list of", type: "PlanRow", file: "control/questions/plan.ts" },
  { command: "changes | history PREFIX", prints: "a list of", type: "HistoryRow", file: "control/answers/events.ts" },
  { command: "flaps", prints: "a list of", type: "FlapRow", file: "control/answers/events.ts" },
  { command: "monitor", prints: "a line for each", type: "MonitorRow", file: "control/answers/events.ts" },
  { command: "shutdown | enable | clear PEER", prints: "one object", type: "PeerOrderAnswer", file: "control/questions/orders.ts" },
  { command: "reload", prints: "one object", type: "ReloadAnswer", file: "control/questions/orders.ts" },
  { command: "restart | stop", prints: "one object", type: "OrderAnswer", file: "control/questions/orders.ts" },
  { command: "accept-change", prints: "one object", type: "DatastoreAnswer", file: "control/answers/datastore.ts" },
];

/** The page, as the source has it now: each type where it is needed first. */
export function shapesPage(): string {
  const said = new Set<string>();
  const sections = ANSWERS.map(({ command, prints, type, file, besides = [] }) => {
    const code = [[type, file] as const, ...besides].flatMap(([name, where]) => declarations(name, where, said)).join("\n\n");
    return [`## \`ts-bgp ${command} --json\``, "", `Prints ${prints} \`${type}\`.`, ...(code === "" ? [] : ["", "```ts", code, "```"])].join("\n");
  });
  return `${HEAD}\n${sections.join("\n\n")}\n`;
}

const HEAD = `# JSON answers

What every command prints with \`--json\`, for whoever writes scripts. Keys may be added; none is renamed, none goes, none changes its type.
Names are those of the RFCs in camelCase. What is absent is \`null\`, never a missing key. Points in time are ISO 8601 in UTC, durations have their unit
in the name, router ids are dotted quads. Lists are printed as they come, an element per line. Exit codes are those of the command without \`--json\`; errors go to
standard error, in words.

The same answers come over the control socket: one JSON object per line, \`{"ask":"routes","best":true}\`; back come \`{"value":...}\`, or \`{"row":...}\` as often as need
be and \`{"end":true}\`, or \`{"error":"..."}\`.

This page is made from the source: \`UPDATE_GOLDEN=1 npx vitest run --project unit test/control/shapes.test.ts\`.
`;

/** That type and those it is made of, unless they were said before. */
function declarations(name: string, file: string, said: Set<string>): readonly string[] {
  if (said.has(name)) return [];
  const text = sourceOf(file);
  const declaration = declarationIn(text, name);
  if (declaration === undefined) {
    const from = importedFrom(text, name);
    return from === undefined ? [] : declarations(name, join(dirname(file), from), said);
  }
  said.add(name);
  const code = inPlainWords(declaration).replaceAll(/^\s*\/\*\*.*\*\/$/gm, "").replaceAll(/"[^"]*"/g, '""');
  const parts = [...new Set([...code.matchAll(/\b[A-Z]\w+\b(?!\["|\()/g)].map(([part]) => part))].filter((part) => part !== name);
  return [inPlainWords(declaration), ...parts.flatMap((part) => declarations(part, file, said))];
}

/** For readers of JSON: nothing is exported or read-only there, and brands are texts. */
function inPlainWords(declaration: string): string {
  return declaration.replaceAll(/\bexport |\breadonly /g, "").replaceAll(/\b(?:Prefix|IpAddress|PeerName)\b(?![[])/g, "string");
}

function declarationIn(text: string, name: string): string | undefined {
  return new RegExp(`^(?:/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?(?:export )?(?:interface ${name}\\b[^\\n]*\\{(?:\\}|\\n[\\s\\S]*?^\\})|type ${name} =[\\s\\S]*?;)$`, "m").exec(text)?.[0];
}

function importedFrom(text: string, name: string): string | undefined {
  for (const [, names = "", from] of text.matchAll(/^import (?:type )?\{([^}]*)\} from "(\.[^"]+)";$/gm)) {
    if (names.split(",").some((one) => one.replace(/^\s*type /, "").trim() === name)) return from;
  }
  return undefined;
}

const sources = new Map<string, string>();

function sourceOf(file: string): string {
  const known = sources.get(file) ?? readFileSync(join(ROOT, "src", file), "utf8");
  sources.set(file, known);
  return known;
}

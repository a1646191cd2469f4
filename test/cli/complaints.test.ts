/** What is said of a command line that makes no sense. The built program, because yargs finds most of it. */

import { describe, expect, it } from "vitest";
import { complaint } from "../../src/cli/complaints.ts";
import { tsBgp } from "../support/program.ts";

const COMMANDS = ["node", "peers [peer]", "peer [peer]", "routes [target]", "shutdown <peer> [message]", "status", "stop", "fib", "fib check", "mrt", "mrt dump <file>"];

describe("a command line that makes no sense", () => {
  it.each([
    ["--json fib chekc", "no such command: fib chekc: did you mean fib check?", "ts-bgp fib"],
    ["peers a b", '"b": nothing is expected there', "ts-bgp peers"],
    ["routes --limit=5 --as-pth ^$", "no such option: --limit; no such option: --as-pth", "ts-bgp routes"],
    ["node --config", "--config needs a value", "ts-bgp node"],
    ["rr --config a --config b", "--config stands there more than once", "ts-bgp rr"],
    ["mrt dump", "something is missing: ts-bgp mrt dump <file>", "ts-bgp mrt dump"],
    ["clear x --soft no", '--soft: "no", expected one of "in", "out", "both"', "ts-bgp clear"],
    ["", "which command?", "ts-bgp"],
  ] as const)("ts-bgp %s", async (typed, said, help) => {
    const { code, stdout, stderr } = await tsBgp(...typed.split(" ").filter((word) => word !== ""));
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: `ts-bgp: ${said}\ntry ${help} --help\n` });
  });

  it.each([
    ["stauts", "Unknown command: stauts", "no such command: stauts: did you mean status?"],
    ["xyzzy 1", "Unknown commands: xyzzy, 1", "no such command: xyzzy"],
    ["toString", "Unknown command: toString", "no such command: toString"],
    ["show protocols", "Unknown commands: show, protocols", "no such command: show: did you mean status or peers or routes?"],
    ["fib check now", "Unknown command: now", '"now": nothing is expected there'],
    ["log-level loud", 'Invalid values:\n  Argument: level, Given: "loud", Choices: "info", "warn"', 'level: "loud", expected one of "info", "warn"'],
    ["routes --as-path (", "--as-path: what a command says itself", "--as-path: what a command says itself"],
  ] as const)("ts-bgp %s: of what yargs says (%s), %s", (typed, theirs, ours) => {
    expect(complaint(theirs, { typed: typed.split(" "), commands: COMMANDS })).toBe(ours);
  });
});

it("completion has --help like every command, and its script alone", async () => {
  const help = await tsBgp("completion", "--help");
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toMatch(/^ts-bgp completion\n\nprint a script/);
  expect((await tsBgp("completion")).stdout).toMatch(/^###-begin-ts-bgp-completions-###[^]*complete [^]*###-end-ts-bgp-completions-###\n/);
  expect((await tsBgp("--get-yargs-completions", "ts-bgp", "comp")).stdout).toMatch(/^completion$/m);
  expect((await tsBgp("--get-yargs-completions", "ts-bgp", "fib", "")).stdout).toBe("check\n");
});

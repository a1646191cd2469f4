/** What birdcl makes of a command line and of what is typed; what it does with it is in interop/birdcl.test.ts. */

import { describe, expect, it } from "vitest";
import { meantBy } from "../../src/cli/birdcl/commands.ts";
import { parseBirdclOptions } from "../../src/cli/birdcl/options.ts";

describe("what is typed", () => {
  it.each([
    ["show status", "show status"],
    ["sh pr", "show protocols"],
    ["  sh   pr  all   Mesh_1 ", "show protocols all Mesh_1"],
    ["sh route for 10.0.0.1 all", "show route for 10.0.0.1 all"],
    ["conf check", "configure check"],
    ["rel in x", "reload in x"],
    ["rel x", "reload x"],
    ["dis \"Mesh_*\"", "disable \"Mesh_*\""],
    ["show int", "show interfaces"],
    ["show int s", "show interfaces summary"],
  ])("%s is sent as %s", (typed, line) => {
    expect(meantBy(typed)).toEqual({ kind: "send", line });
  });

  it.each(["exit", "ex", "q", "quit"])("%s ends the client", (typed) => {
    expect(meantBy(typed)).toEqual({ kind: "exit" });
  });

  it("what may mean several things is not sent, and they are shown", () => {
    const meant = meantBy("re x");
    expect(meant).toMatchObject({ kind: "say", why: "mistake" });
    expect(meant.kind === "say" && meant.lines.map((line) => line.split(" ")[0])).toEqual(["Ambiguous", "restart", "reload", "restrict"]);
  });

  it.each(["nonsense", "show", "show foo", "shows status"])("%s is no command", (typed) => {
    expect(meantBy(typed)).toEqual({ kind: "say", lines: ["No such command. Press `?' for help."], why: "mistake" });
  });

  it("an empty line says nothing", () => {
    expect(meantBy("  ")).toEqual({ kind: "say", lines: [], why: "help" });
  });
});

describe("options, as getopt reads them", () => {
  it("stand together, apart, and behind the command", () => {
    const wanted = { socket: "/x", shows: "codes", may: "restricted", command: "show status" };
    expect(parseBirdclOptions(["-s", "/x", "-v", "-r", "show", "status"])).toEqual(wanted);
    expect(parseBirdclOptions(["-vrs/x", "show", "status"])).toEqual(wanted);
    expect(parseBirdclOptions(["show", "-s", "/x", "status", "-vr"])).toEqual(wanted);
  });

  it("end where -- says so", () => {
    expect(parseBirdclOptions(["--", "eval", "-1"])).toMatchObject({ command: "eval -1" });
  });

  it("without any there is Calico's socket, and commands come from standard input", () => {
    expect(parseBirdclOptions([])).toEqual({ socket: "/var/run/calico/bird.ctl", shows: "texts", may: "everything", command: "" });
    expect(parseBirdclOptions(["-l"])).toMatchObject({ socket: "bird.ctl" });
  });

  it("that it does not know are named", () => {
    expect(parseBirdclOptions(["-x"])).toBe("invalid option -- 'x'");
    expect(parseBirdclOptions(["-s"])).toBe("option requires an argument -- 's'");
  });
});

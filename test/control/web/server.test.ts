/** What the page asks over HTTP, and what nobody gets there. The page itself, in a browser: test/interop/page.test.ts. */

import { request } from "node:http";
import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type IpAddress, parseAddress } from "../../../src/ip/address.ts";
import { QUESTIONS } from "../../../src/control/commands.ts";
import { ORDERS } from "../../../src/control/questions/orders.ts";
import type { HttpServer } from "../../../src/control/sockets/http-server.ts";
import { webServer } from "../../../src/control/web/server.ts";
import { FakeView } from "../../support/fake-view.ts";
import { quietLook } from "../../support/quiet-look.ts";

const LOOPBACK = parseAddress("127.0.0.1") as IpAddress;

let view: FakeView;
let server: HttpServer;
let endings: number;
const failures: unknown[] = [];

beforeEach(async () => {
  view = new FakeView();
  endings = 0;
  failures.length = 0;
  const orders = { ...quietLook(view).orders, end: () => void endings++ };
  server = webServer({ address: LOOPBACK, port: 0 }, { look: () => quietLook(view, { orders }), failed: (error) => failures.push(error) });
  await server.open();
});

afterEach(async () => {
  await server.close();
  expect(failures).toEqual([]);
});

interface Got {
  readonly status: number | undefined;
  readonly body: string;
}

async function get(path: string, options: { readonly method?: string; readonly host?: string } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: LOOPBACK, port: server.port, path, method: options.method ?? "GET", ...(options.host !== undefined && { headers: { host: options.host } }) }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => void (body += text));
      response.once("end", () => resolve({ status: response.statusCode, body }));
    });
    asked.once("error", reject).end();
  });
}

async function json(path: string): Promise<unknown> {
  return JSON.parse((await get(path)).body);
}

describe("questions over HTTP", () => {
  it("are those of the control socket, with their arguments", async () => {
    view.addPeer({ name: "Mesh_10_0_0_1", address: "10.0.0.1" });
    expect(await json("/api/status")).toMatchObject({ value: { version: "1.2.3", peers: [{ address: "10.0.0.1" }] } });
    expect(await json("/api/peer?peer=10.0.0.1")).toMatchObject({ value: { name: "Mesh_10_0_0_1" } });
    expect(await json("/api/peers")).toMatchObject({ rows: [{ name: "Mesh_10_0_0_1" }], more: false });
  });

  it("give as many rows as were asked for, and say that there are more", async () => {
    for (let host = 1; host <= 5; host++) view.addPeer({ name: `n${host}`, address: `10.0.0.${host}` });
    expect(await json("/api/peers?limit=3")).toMatchObject({ rows: [{ name: "n1" }, { name: "n2" }, { name: "n3" }], more: true });
    expect(await json("/api/peers?limit=5")).toMatchObject({ more: false });
  });

  it.each(["0", "-1", "1e9", "x", "10001"])("refuse a limit of %s, and say what was expected", async (limit) => {
    expect(await get(`/api/peers?limit=${limit}`)).toEqual({ status: 400, body: JSON.stringify({ error: `limit: ${limit}, expected an integer from 1 to 10000` }) });
  });

  it("say in the daemon's own words what is wrong with them", async () => {
    expect(await get("/api/routes?prefix=10.0.0.0/99")).toMatchObject({ status: 400, body: expect.stringContaining("prefix") });
    expect(await get("/api/nonsense")).toMatchObject({ status: 400, body: expect.stringContaining("no such question") });
    expect((await get("/elsewhere")).status).toBe(404);
  });

  it("are all that is named to whoever asks for one that there is not", async () => {
    const { error } = (await json("/api/nonsense")) as { readonly error: string };
    const named = /\(known: (.*)\)$/.exec(error)?.[1]?.split(", ") ?? [];
    const refused = await Promise.all(QUESTIONS.map(async ({ name }) => ((await get(`/api/${name}`)).status === 403 ? [name] : [])));
    expect(refused.flat()).toEqual(["plan", "monitor", ...ORDERS.map(({ name }) => name)]);
    expect(named).toEqual(QUESTIONS.map(({ name }) => name).filter((name) => !refused.flat().includes(name)));
  });

  it("have to be a URL", async () => {
    expect(await get("//")).toEqual({ status: 400, body: "that is no URL\n" });
  });
});

describe("whoever can reach the page", () => {
  it.each(ORDERS.map(({ name }) => name))("cannot order %s", async (name) => {
    expect((await get(`/api/${name}?peer=10.0.0.1`)).status).toBe(403);
    expect(endings).toBe(0);
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS"])("has no use for %s", async (method) => {
    expect((await get("/api/status", { method })).status).toBe(405);
  });

  it.each(["evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", `${hostname()}.evil.example`, "a b"])("gets nothing by the name %j, which somebody else's name server may give to us", async (host) => {
    expect((await get("/api/status", { host })).status).toBe(403);
  });

  it.each(["127.0.0.1", "localhost:9180", "[::1]:9180", "10.0.0.1", hostname()])("is answered by %s", async (host) => {
    expect((await get("/api/status", { host })).status).toBe(200);
  });
});

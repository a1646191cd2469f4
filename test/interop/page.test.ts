/**
 * The page in a real browser: what a person sees of a reflector and its nodes, and sees change.
 *
 *   node-1 127.0.8.11 ──┐
 *   node-2 127.0.8.12 ──┼── reflector 127.0.8.1        (a port of their own, no kernel routes)
 *   node-3 127.0.8.13 ──┘
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import { BROWSER_PROGRAMS, Browser } from "../support/browser.ts";
import { describeWithPrograms } from "../support/needs.ts";
import { RunningDaemon, freePort } from "../support/program.ts";
import { until } from "../support/until.ts";

const REFLECTOR = "127.0.8.1";
const NODES = [1, 2, 3] as const;

describeWithPrograms(BROWSER_PROGRAMS, "the page", () => {
  let browser: Browser;
  let reflector: RunningDaemon;
  let nodes: RunningDaemon[];
  let urls: { readonly reflector: string; readonly node: string };

  beforeAll(async () => {
    const [port, web, nodeWeb] = await Promise.all([freePort(REFLECTOR), freePort("127.0.0.1"), freePort("127.0.0.1")]);
    urls = { reflector: `http://127.0.0.1:${web}/`, node: `http://127.0.0.1:${nodeWeb}/` };
    const end = (own: string, others: readonly (readonly [name: string, address: string])[], reflectorClient: boolean, more: object): object => ({
      router: { asn: 64512, id: own },
      listen: [{ address: own, port }],
      peers: others.map(([name, address]) => ({ name, address, port, localAddress: own, asn: 64512, connectRetrySec: 1, reflectorClient })),
      ...more,
    });
    reflector = new RunningDaemon("rr", end(REFLECTOR, NODES.map((n) => [`node-${n}`, addressOf(n)]), true, { control: { web: { port: web } } }));
    nodes = NODES.map((n) => new RunningDaemon("rr", end(addressOf(n), [["reflector", REFLECTOR]], false, { networks: [`10.${n}.0.0/26`, "10.9.0.0/16"], ...(n === 1 && { control: { web: { port: nodeWeb } } }) })));
    browser = await Browser.start();
    await reflector.logged("is up");
    await until(async () => (await reflector.value<readonly { readonly state: string }[]>("peers")).every(({ state }) => state === "Established"), "every session");
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([reflector, ...(nodes ?? [])].map((daemon) => daemon?.dispose()));
  });

  const shows = (selector: string, words: string | RegExp): Promise<void> =>
    until(async () => (typeof words === "string" ? (await browser.text(selector)).includes(words) : words.test(await browser.text(selector))), `${words} in ${selector}`);

  it("shows a healthy reflector with its sessions in a picture and a table", async () => {
    await browser.open(urls.reflector);
    await shows("#head", `healthy router id ${REFLECTOR}`.replace(" router", "\nrouter"));
    await shows("#map", "3 sessions");
    await shows("#sessions", "3 of 3 up");
    await shows("#sessions", /node-2\s+127\.0\.8\.12\s+64512\s+Established/);
    const colors = "const c = document.querySelector('canvas'); return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size";
    await until(async () => (await browser.run<number>(colors)) > 10, "something is drawn");
  });

  it("finds a route by an address in it", async () => {
    await browser.type("#routes input", "10.2.0.7");
    await browser.click("#routes form button");
    await shows("#routes", /★\s*10\.2\.0\.0\/26\s+node-2\s+127\.0\.8\.12\s+100/);
    await browser.type("#routes input", "10.2.0.7/99");
    await browser.click("#routes form button");
    await shows("#routes", "expected");
  });

  it("says why of a route that is clicked: from whom, what decided, who was told and who was not", async () => {
    await browser.type("#routes input", "10.9.0.7");
    await browser.click("#routes form button");
    await shows("#routes tbody", "lost by router-id");
    await browser.click("#routes tbody tr");
    await shows("#why", "10.9.0.0/16");
    await shows("#why", /★ 1\. from node-1 via 127\.0\.8\.11/);
    await shows("#why", /2\. from node-2[^]*router-id[^]*3\. from node-3/);
    await shows("#why", /told to node-2, node-3: path 1/);
    await shows("#why", /not told to node-1:[^]*split-horizon/);
  });

  it("says of an address that nobody has it, and of nonsense what was expected", async () => {
    await browser.type("#why input", "192.0.2.1");
    await browser.click("#why form button");
    await shows("#why", "Nobody has it");
    await browser.type("#why input", "nonsense");
    await browser.click("#why form button");
    await shows("#why .error", "expected");
  });

  it("lists what changed, the latest first; a click on a prefix asks why", async () => {
    await shows("#timeline", /node-3 is up/);
    await shows("#timeline", /10\.2\.0\.0\/26\s+appeared, node-2: it was told, and there was no other/);
    await browser.run("[...document.querySelectorAll('#timeline tr.choice')].find((row) => row.innerText.includes('10.2.0.0/26')).click()");
    await shows("#why h2", "10.2.0.0/26");
  });

  it("shows how long UPDATEs took", async () => {
    await shows("#convergence", /best path chosen \d+ UPDATEs?, half within/);
  });

  it("narrows the neighbours to a word, and sorts them", async () => {
    await browser.type("#sessions input", "8.13");
    await until(async () => /^node-3\b/.test(await browser.text("#sessions tbody")), "node-3 alone, and so first");
    expect(await browser.text("#sessions tbody")).not.toContain("node-1");
    await browser.type("#sessions input", " ");
    await browser.click("#sessions th button");
    await until(async () => (await browser.text("#sessions tbody")).startsWith("node-3"), "the last one first");
  });

  it("sees from a node who stands behind its reflector", async () => {
    await browser.open(urls.node);
    await shows("#map", "1 session; 1 reflector and 2 hosts behind");
  });

  it("fetches nothing from anywhere else, and its scripts have no complaint", async () => {
    const asked = await browser.run<readonly string[]>("return performance.getEntriesByType('resource').map((entry) => entry.name)");
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((url) => !url.startsWith(urls.node))).toEqual([]);
    expect((await browser.complaints()).filter((line) => !/\/api\/(routes|why)/.test(line))).toEqual([]); // prefixes that are none were asked for
  });

  it("sees a session go and come back by itself", async () => {
    await browser.open(urls.reflector);
    await shows("#sessions", "3 of 3 up");
    await reflector.ask("shutdown", "node-2", "for a test");
    await shows("#sessions", "2 of 3 up");
    await shows("#sessions", /node-2.*Idle/);
    await reflector.ask("enable", "node-2");
    await shows("#sessions", "3 of 3 up");
  });

  it("says that the daemon is gone when it is", async () => {
    reflector.signal("SIGINT");
    await shows("#head", "no answer");
  });
});

function addressOf(node: number): string {
  return `127.0.8.1${node}`;
}

/**
 * A browser without a window, driven over WebDriver (W3C): Debian's Chromium behind its chromedriver. It asks nobody but the page.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

export const BROWSER_PROGRAMS = ["chromium", "chromedriver"] as const;

const QUIET = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1500,1760", "--lang=en-GB",
] as const;
const STARTED = /started successfully on port (\d+)/;

export class Browser {
  readonly #driver: ChildProcess;
  readonly #profile: string;
  readonly #session: string;

  private constructor(driver: ChildProcess, profile: string, session: string) {
    this.#driver = driver;
    this.#profile = profile;
    this.#session = session;
  }

  static async start(): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), "ts-bgp-browser-"));
    const driver = spawn("chromedriver", ["--port=0"], { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, TMPDIR: profile } }); // what it leaves behind goes with its profile
    const base = `http://127.0.0.1:${await portOf(driver)}/session`;
    const { sessionId } = await command<{ readonly sessionId: string }>(base, "POST", {
      capabilities: { alwaysMatch: { browserName: "chrome", "goog:chromeOptions": { args: [...QUIET, `--user-data-dir=${profile}`] }, "goog:loggingPrefs": { browser: "ALL" } } },
    });
    return new Browser(driver, profile, `${base}/${sessionId}`);
  }

  open(url: string): Promise<unknown> {
    return command(`${this.#session}/url`, "POST", { url });
  }

  /** What a script, the body of a function, returns in the page. */
  run<Value>(script: string): Promise<Value> {
    return command<Value>(`${this.#session}/execute/sync`, "POST", { script, args: [] });
  }

  /** All text that a person sees in the first element that matches. */
  text(selector: string): Promise<string> {
    return this.run(`return document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`);
  }

  /** The page draws its tables anew whenever it likes: what was found and is gone is looked for again. */
  async click(selector: string): Promise<void> {
    await until(async () => {
      try {
        await command(`${await this.#element(selector)}/click`, "POST", {});
        return true;
      } catch (error) {
        if (String(error).includes("stale element")) return false;
        throw error;
      }
    }, `a click on ${selector}`);
  }

  /** Types into an input, as a person would, after clearing it. */
  async type(selector: string, text: string): Promise<void> {
    const input = await this.#element(selector);
    await command(`${input}/clear`, "POST", {});
    await command(`${input}/value`, "POST", { text });
  }

  /** What the page complained about: errors of scripts, and what its policy forbade. */
  async complaints(): Promise<readonly string[]> {
    const entries = await command<readonly { readonly level: string; readonly message: string }[]>(`${this.#session}/se/log`, "POST", { type: "browser" });
    return entries.filter(({ level }) => level === "SEVERE").map(({ message }) => message);
  }

  /** A PNG of the window. */
  async screenshot(): Promise<Buffer> {
    return Buffer.from(await command<string>(`${this.#session}/screenshot`, "GET"), "base64");
  }

  async close(): Promise<void> {
    await command(this.#session, "DELETE");
    this.#driver.kill();
    await once(this.#driver, "close");
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10 }); // the browser may still be at it
  }

  async #element(selector: string): Promise<string> {
    const found = await command<Readonly<Record<string, string>>>(`${this.#session}/element`, "POST", { using: "css selector", value: selector });
    return `${this.#session}/element/${Object.values(found)[0]}`;
  }
}

async function portOf(driver: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    driver.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const port = STARTED.exec(said)?.[1];
      if (port !== undefined) resolve(port);
    });
    driver.once("close", () => reject(new Error(`chromedriver did not start: ${said}`)));
  });
}

async function command<Value>(url: string, method: "GET" | "POST" | "DELETE", body?: object): Promise<Value> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }) });
  const { value } = (await response.json()) as { readonly value: Value & { readonly message?: string } };
  if (!response.ok) throw new Error(`${method} ${url}: ${value.message}`);
  return value;
}

/** Where the datastore is: the same variables and the same file that Calico's own tools read. */

import { describe, expect, it } from "vitest";
import { type DatastoreSettings, namesDatastore, settingsFromEnvironment, settingsFromFile } from "../../src/calico/datastore-settings.ts";
import { ConfigError, describeFault } from "../../src/speaker/config/schema.ts";

function file(...lines: readonly string[]): string {
  return ["apiVersion: projectcalico.org/v3", "kind: CalicoAPIConfig", "metadata:", "spec:", ...lines.map((line) => `  ${line}`)].join("\n");
}

function faultsOf(read: () => DatastoreSettings): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(describeFault);
    throw error;
  }
}

describe("the environment", () => {
  it("names endpoints, TLS files, user and password", () => {
    const settings = settingsFromEnvironment({
      DATASTORE_TYPE: "etcdv3",
      ETCD_ENDPOINTS: "https://e1:2379, https://e2:2379",
      ETCD_USERNAME: "calico",
      ETCD_PASSWORD: "secret",
      ETCD_KEY_FILE: "/k",
      ETCD_CERT_FILE: "/c",
      ETCD_CA_CERT_FILE: "/ca",
    });
    expect(settings).toMatchObject({
      servers: { kind: "endpoints", urls: ["https://e1:2379", "https://e2:2379"] },
      user: { name: "calico" },
      tls: { ca: { kind: "file", path: "/ca" }, certificate: { kind: "file", path: "/c" }, key: { kind: "file", path: "/k" } },
    });
    expect(settings.user?.password.reveal()).toBe("secret");
  });

  it("may name a domain instead, where etcd is found by SRV records", () => {
    expect(settingsFromEnvironment({ ETCD_DISCOVERY_SRV: "example.org" }).servers).toEqual({ kind: "discovery", domain: "example.org" });
  });

  it("without anything means etcd on this host", () => {
    expect(namesDatastore({})).toBe(false);
    expect(settingsFromEnvironment({}).servers).toEqual({ kind: "endpoints", urls: ["http://127.0.0.1:2379"] });
  });

  it("prefers a variable with Calico's prefix", () => {
    const environment = { CALICO_ETCD_ENDPOINTS: "http://a:1", ETCD_ENDPOINTS: "http://b:1" };
    expect(namesDatastore(environment)).toBe(true);
    expect(settingsFromEnvironment(environment).servers).toEqual({ kind: "endpoints", urls: ["http://a:1"] });
  });

  it.each([
    ["a password without a user", { ETCD_PASSWORD: "hush" }, /^ETCD_USERNAME: missing/],
    ["a user without a password", { ETCD_USERNAME: "calico" }, /^ETCD_PASSWORD: missing/],
    ["a key without a certificate", { ETCD_KEY_FILE: "/k" }, /^ETCD_CERT_FILE: missing/],
    ["endpoints beside a domain", { ETCD_ENDPOINTS: "http://a:1", ETCD_DISCOVERY_SRV: "d" }, /^ETCD_DISCOVERY_SRV: "d", expected nothing/],
    ["http and https mixed", { ETCD_ENDPOINTS: "http://a:1,https://b:1" }, /either http or https/],
    ["an endpoint that is no URL", { ETCD_ENDPOINTS: "a:2379" }, /URLs such as/],
    ["the other datastore", { DATASTORE_TYPE: "kubernetes" }, /^DATASTORE_TYPE: "kubernetes", expected "etcdv3"/],
  ])("is refused with %s", (_title, environment, complaint) => {
    const [first = ""] = faultsOf(() => settingsFromEnvironment(environment));
    expect(first).toMatch(complaint);
    expect(first).not.toContain("hush");
  });
});

describe("calicoctl.cfg", () => {
  it("is read with its comments, quotes and inline certificates", () => {
    const settings = settingsFromFile(
      file(
        "datastoreType: etcdv3 # the only one",
        'etcdEndpoints: "https://e1:2379,https://e2:2379"',
        "etcdUsername: 'calico'",
        "etcdPassword: it''s # mine",
        "",
        "etcdKey: |",
        "  -----BEGIN KEY-----",
        "  abc",
        "  -----END KEY-----",
        "etcdCert: |-",
        "    one",
        "      two",
        "etcdCACert: plain",
        "k8sAPIEndpoint:",
      ),
    );
    expect(settings.servers).toEqual({ kind: "endpoints", urls: ["https://e1:2379", "https://e2:2379"] });
    expect(settings.user?.password.reveal()).toBe("it''s");
    const texts = [settings.tls.key, settings.tls.certificate, settings.tls.ca].map((pem) => (pem?.kind === "inline" ? pem.text.reveal() : undefined));
    expect(texts).toEqual(["-----BEGIN KEY-----\nabc\n-----END KEY-----\n", "one\n  two", "plain"]);
  });

  it("may be JSON", () => {
    const document = { apiVersion: "projectcalico.org/v3", kind: "CalicoAPIConfig", metadata: {}, spec: { etcdEndpoints: "http://e:2379" } };
    expect(settingsFromFile(JSON.stringify(document)).servers).toEqual({ kind: "endpoints", urls: ["http://e:2379"] });
  });

  it.each([
    ["a field that nobody knows", file("etcdEndpoint: http://e:2379"), /^spec\.etcdEndpoint: .*no field of that name/],
    ["another kind", "apiVersion: projectcalico.org/v3\nkind: Node\nspec: {}", /^kind: "Node"/],
    ["a tab", file("\tetcdEndpoints: x"), /line 5: is indented with a tab/],
    ["a key twice", file("etcdUsername: a", "etcdUsername: b"), /line 6: etcdUsername is there twice/],
    ["a list", file("etcdEndpoints:", "- a"), /line 6: expected a key/],
    ["a line that is no mapping", "apiVersion", /line 1: expected a key/],
    ["an indent out of place", file("  etcdUsername: a", "etcdPassword: b"), /line 6: is indented like nothing before it/],
    ["texts and files mixed", file("etcdCACert: x", "etcdKeyFile: /k", "etcdCertFile: /c"), /^spec\.etcdKeyFile.*expected nothing/],
  ])("is refused with %s", (_title, content, complaint) => {
    expect(faultsOf(() => settingsFromFile(content)).join("\n")).toMatch(complaint);
  });
});

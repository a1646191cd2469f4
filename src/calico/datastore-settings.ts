/**
 * Where the datastore is and how to be let in, as Calico's own tools are told it: environment variables or calicoctl.cfg.
 * Pure: whoever calls brings the environment and the file's text, and reads the files that are named.
 */

import { ConfigError, type ConfigFault, type Shape, object, oneOf, optional, readDocument, required, text } from "../speaker/config/schema.ts";
import { Secret } from "../speaker/config/secret.ts";
import { YamlError, parseYaml } from "./yaml.ts";

export interface DatastoreSettings {
  readonly servers: { readonly kind: "endpoints"; readonly urls: readonly string[] } | { readonly kind: "discovery"; readonly domain: string };
  readonly user: { readonly name: string; readonly password: Secret } | undefined;
  readonly tls: { readonly ca: Pem | undefined; readonly certificate: Pem | undefined; readonly key: Pem | undefined };
}

/** Something in PEM form: where it stands, or the text itself. */
export type Pem = { readonly kind: "file"; readonly path: string } | { readonly kind: "inline"; readonly text: Secret };

export type Environment = { readonly [name: string]: string | undefined };

const DEFAULT_ENDPOINT = "http://127.0.0.1:2379";

/** Does the environment say where etcd is? */
export function namesDatastore(environment: Environment): boolean {
  const given = readEnvironment(environment);
  return Boolean(given.etcdEndpoints || given.etcdDiscoverySrv);
}

/** What the environment says; throws ConfigError with every fault. */
export function settingsFromEnvironment(environment: Environment): DatastoreSettings {
  return settingsOf(readEnvironment(environment), (field) => VARIABLES[field] ?? field);
}

/** What the text of a calicoctl.cfg says; throws ConfigError with every fault, an unknown field being one. */
export function settingsFromFile(content: string): DatastoreSettings {
  const { spec } = readDocument(fileShape, withoutBlanks(parsedYaml(content)));
  return settingsOf(spec as Written, (field) => `spec.${field}`);
}

/** The fields of `spec` that are about etcd, by their names there. */
interface Written {
  readonly datastoreType?: string | undefined;
  readonly etcdEndpoints?: string | undefined;
  readonly etcdDiscoverySrv?: string | undefined;
  readonly etcdUsername?: string | undefined;
  readonly etcdPassword?: string | undefined;
  readonly etcdKeyFile?: string | undefined;
  readonly etcdCertFile?: string | undefined;
  readonly etcdCACertFile?: string | undefined;
  readonly etcdKey?: string | undefined;
  readonly etcdCert?: string | undefined;
  readonly etcdCACert?: string | undefined;
}

const VARIABLES: { readonly [Field in keyof Written]: string } = {
  datastoreType: "DATASTORE_TYPE",
  etcdEndpoints: "ETCD_ENDPOINTS",
  etcdDiscoverySrv: "ETCD_DISCOVERY_SRV",
  etcdUsername: "ETCD_USERNAME",
  etcdPassword: "ETCD_PASSWORD",
  etcdKeyFile: "ETCD_KEY_FILE",
  etcdCertFile: "ETCD_CERT_FILE",
  etcdCACertFile: "ETCD_CA_CERT_FILE",
};

/** Each variable may also have Calico's prefix, which then comes first. */
function readEnvironment(environment: Environment): Written {
  const entries = Object.entries(VARIABLES).map(([field, name]) => [field, environment[`CALICO_${name}`] || environment[name] || undefined]);
  return Object.fromEntries(entries) as Written;
}

const ETCD_FIELDS = ["etcdEndpoints", "etcdDiscoverySrv", "etcdUsername", "etcdPassword", "etcdKeyFile", "etcdCertFile", "etcdCACertFile", "etcdKey", "etcdCert", "etcdCACert"] as const;

/** They have no meaning for etcd; one that is not known at all is a fault, as it is to Calico's tools. */
const KUBERNETES_FIELDS = [
  "kubeconfig", "kubeconfigInline", "k8sAPIEndpoint", "k8sKeyFile", "k8sCertFile", "k8sCAFile", "k8sAPIToken", "k8sInsecureSkipTLSVerify",
  "k8sDisableNodePoll", "k8sUsePodCIDR", "k8sCurrentContext", "k8sClientQPS", "calicoAPIGroup", "alphaFeatures",
] as const;

const fileShape = object({
  apiVersion: required(oneOf(["projectcalico.org/v3"]), '"projectcalico.org/v3"'),
  kind: required(oneOf(["CalicoAPIConfig"]), '"CalicoAPIConfig"'),
  metadata: optional(anything(), "ignored"),
  spec: required(
    object({
      datastoreType: optional(text(), "etcdv3"),
      ...Object.fromEntries(ETCD_FIELDS.map((name) => [name, optional(text(), "a text")])),
      ...Object.fromEntries(KUBERNETES_FIELDS.map((name) => [name, optional(anything(), "ignored")])),
    }),
    "an object that says where the datastore is",
  ),
});

/** A field with nothing in it is as if it were not there. */
function withoutBlanks(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([key, held]) => (held === null || held === "" ? [] : [[key, withoutBlanks(held)]])));
}

function parsedYaml(content: string): unknown {
  try {
    return parseYaml(content);
  } catch (error) {
    if (error instanceof YamlError) throw new ConfigError([{ path: "", value: error.message, expected: "YAML as calicoctl.cfg has it" }]);
    throw error;
  }
}

function settingsOf(written: Written, nameOf: (field: keyof Written) => string): DatastoreSettings {
  const faults: ConfigFault[] = [];
  const complain = (field: keyof Written, expected: string): void => void faults.push({ path: nameOf(field), value: written[field], expected });
  const type = written.datastoreType ?? "etcdv3";
  if (type !== "etcdv3") complain("datastoreType", '"etcdv3", the only datastore that ts-bgp reads');
  const urls = (written.etcdEndpoints ?? "").split(",").map((url) => url.trim()).filter(Boolean);
  if (urls.some((url) => !/^https?:\/\/[^/\s]+:\d+\/?$/.test(url))) complain("etcdEndpoints", "URLs such as https://10.0.0.1:2379, separated by commas");
  if (new Set(urls.map((url) => url.split(":")[0])).size > 1) complain("etcdEndpoints", "either http or https for all of them");
  if (urls.length > 0 && written.etcdDiscoverySrv) complain("etcdDiscoverySrv", `nothing, where ${nameOf("etcdEndpoints")} is given`);
  if ((written.etcdUsername === undefined) !== (written.etcdPassword === undefined)) {
    complain(written.etcdUsername === undefined ? "etcdUsername" : "etcdPassword", "user name and password only together");
  }
  const tls = tlsOf(written, complain);
  if (faults.length > 0) throw new ConfigError(faults);
  const isSecure = Boolean(tls.ca || tls.certificate);
  return {
    servers: written.etcdDiscoverySrv ? { kind: "discovery", domain: written.etcdDiscoverySrv } : { kind: "endpoints", urls: urls.length > 0 ? urls : [isSecure ? DEFAULT_ENDPOINT.replace("http:", "https:") : DEFAULT_ENDPOINT] },
    user: written.etcdUsername !== undefined && written.etcdPassword !== undefined ? { name: written.etcdUsername, password: new Secret(written.etcdPassword) } : undefined,
    tls,
  };
}

/** Files or texts, not a mixture; a certificate and its key only together. */
function tlsOf(written: Written, complain: (field: keyof Written, expected: string) => void): DatastoreSettings["tls"] {
  const { etcdKey, etcdCert, etcdCACert, etcdKeyFile, etcdCertFile, etcdCACertFile } = written;
  const isInline = Boolean(etcdKey || etcdCert || etcdCACert);
  if (isInline && (etcdKeyFile || etcdCertFile || etcdCACertFile)) complain(etcdKeyFile ? "etcdKeyFile" : etcdCertFile ? "etcdCertFile" : "etcdCACertFile", "nothing, where etcdKey, etcdCert or etcdCACert stand in the file");
  if (isInline ? Boolean(etcdKey) !== Boolean(etcdCert) : Boolean(etcdKeyFile) !== Boolean(etcdCertFile)) complain(isInline ? "etcdCert" : "etcdCertFile", "certificate and key only together");
  const inline = (pem: string | undefined): Pem | undefined => (pem ? { kind: "inline", text: new Secret(pem) } : undefined);
  const file = (path: string | undefined): Pem | undefined => (path ? { kind: "file", path } : undefined);
  return { ca: inline(etcdCACert) ?? file(etcdCACertFile), certificate: inline(etcdCert) ?? file(etcdCertFile), key: inline(etcdKey) ?? file(etcdKeyFile) };
}

function anything(): Shape<unknown> {
  return { schema: {}, read: (input) => input };
}

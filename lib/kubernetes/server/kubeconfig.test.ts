import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadClusters } from "./kubeconfig.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "kubeconfig-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, content: string) => {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
};
const file = (parts: { contexts?: string[]; clusters?: string[]; users?: string[]; current?: string }) =>
  [
    "apiVersion: v1",
    "kind: Config",
    ...(parts.current === undefined ? [] : [`current-context: ${parts.current}`]),
    "contexts:",
    ...(parts.contexts ?? []).map((one) => `- ${one}`),
    "clusters:",
    ...(parts.clusters ?? []).map((one) => `- ${one}`),
    "users:",
    ...(parts.users ?? []).map((one) => `- ${one}`),
  ].join("\n");
const usual = {
  contexts: ["{name: one, context: {cluster: a, user: u, namespace: ci}}", "{name: two, context: {cluster: b, user: u}}"],
  clusters: ["{name: a, cluster: {server: 'https://a.example:6443/'}}", "{name: b, cluster: {server: 'https://b.example/k8s/'}}"],
  users: ["{name: u, user: {token: geheim}}"],
};
const texts = (errors: readonly Error[]) => errors.map(({ message }) => message);

describe("loadClusters", () => {
  it("takes the current context, and several by name, once each", () => {
    const kubeconfigPath = write("config", file({ ...usual, current: "two" }));
    const current = loadClusters({ kubeconfigPath, env: {} });
    expect(current.clusters.map(({ key, name, server, namespace }) => ({ key, name, server, namespace }))).toEqual([
      { key: "two", name: "two", server: "https://b.example/k8s", namespace: null },
    ]);
    const named = loadClusters({ kubeconfigPath, contexts: ["one", "two", "one"], env: {} });
    expect(named.clusters.map(({ name, namespace }) => `${name} ${namespace}`)).toEqual(["one ci", "two null"]);
    expect([...current.errors, ...named.errors]).toEqual([]);
  });

  it("merges a path list: the first file that names something wins", async () => {
    const first = write("first", file({ ...usual, current: "one" }));
    const second = write(
      "second",
      file({ current: "two", contexts: ["{name: three, context: {cluster: a, user: u}}"], users: ["{name: u, user: {token: other}}"] }),
    );
    const { clusters, errors } = loadClusters({ contexts: ["three"], env: { KUBECONFIG: `${first}${path.delimiter}${second}` } });
    expect(errors).toEqual([]);
    expect(clusters[0]!.server).toBe("https://a.example:6443");
    expect(await clusters[0]!.authorize()).toEqual({ authorization: "Bearer geheim" });
    expect(loadClusters({ env: { KUBECONFIG: `${first}${path.delimiter}${second}` } }).clusters[0]!.name).toBe("one");
  });

  it("works on with the files that can be read", () => {
    const good = write("good", file({ ...usual, current: "one" }));
    const gone = path.join(root, "gone");
    const { clusters, errors } = loadClusters({ env: { KUBECONFIG: `${gone}${path.delimiter}${good}` } });
    expect(clusters).toHaveLength(1);
    expect(texts(errors)).toEqual([`${gone}: cannot be read (ENOENT). Check KUBECONFIG and the rights of the file.`]);
  });

  it("finds the default file, then the service account of a pod, and says so when there is neither", async () => {
    write(".kube/config", file({ ...usual, current: "one" }));
    expect(loadClusters({ env: { HOME: root } }).clusters[0]!.name).toBe("one");
    const account = path.join(root, "account");
    const env = { HOME: path.join(root, "nobody"), KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    const none = loadClusters({ env, serviceAccountRoot: account });
    expect(none.clusters).toEqual([]);
    expect(texts(none.errors)[0]).toContain("Set KUBECONFIG");
    write("account/token", "pod-token\n");
    write("account/ca.crt", "-----BEGIN CERTIFICATE-----\n");
    write("account/namespace", "runners\n");
    const pod = loadClusters({ env, serviceAccountRoot: account });
    expect(pod.errors).toEqual([]);
    expect(pod.clusters[0]).toMatchObject({ key: "in-cluster", server: "https://[fd00::1]:443", namespace: "runners" });
    expect(await pod.clusters[0]!.authorize()).toEqual({ authorization: "Bearer pod-token" });
    expect((await pod.clusters[0]!.connection()).ca?.toString()).toContain("BEGIN CERTIFICATE");
    expect(texts(loadClusters({ env, serviceAccountRoot: account, contexts: ["prod"] }).errors)[0]).toContain('no context "prod"');
  });

  it("names what is wrong with one context while the others work", () => {
    const kubeconfigPath = write(
      "config",
      file({
        contexts: [
          ...usual.contexts,
          "{name: no-cluster, context: {cluster: zzz, user: u}}",
          "{name: no-user, context: {cluster: a, user: zzz}}",
          "{name: bad-server, context: {cluster: bad, user: u}}",
          "{name: number, context: {cluster: a, user: number}}",
          "{name: half, context: {cluster: a, user: half}}",
          "{name: not-pem, context: {cluster: not-pem, user: u}}",
          "{name: proxy, context: {cluster: proxy, user: u}}",
          "{name: groups, context: {cluster: a, user: groups}}",
          "{name: missing-ca, context: {cluster: missing-ca, user: u}}",
        ],
        clusters: [
          ...usual.clusters,
          "{name: bad, cluster: {server: 'a.example:6443'}}",
          "{name: not-pem, cluster: {server: 'https://a', certificate-authority-data: Z2FyYmFnZQ==}}",
          "{name: proxy, cluster: {server: 'https://a', proxy-url: 'geheim:geheim'}}",
          "{name: missing-ca, cluster: {server: 'https://a', certificate-authority: pki/ca.crt}}",
        ],
        users: [
          ...usual.users,
          "{name: number, user: {token: 123456}}",
          "{name: half, user: {client-certificate: x.crt}}",
          "{name: groups, user: {token: geheim, as-groups: [a, b]}}",
        ],
      }),
    );
    const contexts = [
      "one",
      "nowhere",
      "no-cluster",
      "no-user",
      "bad-server",
      "number",
      "half",
      "not-pem",
      "proxy",
      "groups",
      "missing-ca",
      "two",
    ];
    const { clusters, errors } = loadClusters({ kubeconfigPath, contexts, env: {} });
    // What a missing file breaks can be repaired while we run, so it is shown and tried.
    expect(clusters.map(({ name }) => name)).toEqual(["one", "missing-ca", "two"]);
    const said = texts(errors);
    expect(said).toHaveLength(10);
    expect(said[0]).toMatch(/no context "nowhere"; it has "one", "two".*RUNNERSCOPE_CONTEXTS/);
    expect(said[1]).toContain('no cluster "zzz"');
    expect(said[2]).toContain('no user "zzz"');
    expect(said[3]).toContain('cluster "bad": server: is not an http or https URL');
    expect(said[4]).toMatch(/user "number": token: .*string.*quotes/);
    expect(said[5]).toContain("client-certificate and client-key belong together");
    expect(said[6]).toContain("certificate-authority-data: is not base64 of a PEM");
    expect(said[7]).toContain("proxy-url: is not an http");
    expect(said[8]).toContain("as-groups: more than one group");
    expect(said[9]).toContain(`certificate-authority: ${path.join(root, "pki/ca.crt")} does not exist`);
    expect(said.join(" ")).not.toMatch(/geheim|123456/);
  });

  it("never quotes the lines of a broken file", () => {
    const kubeconfigPath = write("config", "users:\n- name: u\n  user:\n    token: geheim\n   bad: geheim\n");
    const { clusters, errors } = loadClusters({ kubeconfigPath, env: {} });
    expect(clusters).toEqual([]);
    expect(texts(errors)).toEqual([expect.stringMatching(/config: is not a kubeconfig: .* at line 5\. Check it with/)]);
    expect(texts(errors)[0]).not.toContain("geheim");
    for (const content of ["", "hello", "- 1\n", "contexts: 7\n"]) {
      const broken = loadClusters({ kubeconfigPath: write("broken", content), env: {} });
      expect([broken.clusters.length, broken.errors.length]).toEqual([0, 1]);
    }
  });

  it("asks for a context when none is current, unless there is only one", () => {
    const two = loadClusters({ kubeconfigPath: write("two", file(usual)), env: {} });
    expect(two.clusters).toEqual([]);
    expect(texts(two.errors)[0]).toMatch(/current-context is not set; it has one, two.*RUNNERSCOPE_CONTEXTS/);
    const one = loadClusters({ kubeconfigPath: write("one", file({ ...usual, contexts: usual.contexts.slice(0, 1) })), env: {} });
    expect(one.clusters.map(({ name }) => name)).toEqual(["one"]);
  });

  it("makes keys that are safe in a path and differ", () => {
    const names = ["arn:aws:eks:eu-west-1:1:cluster/ci", "arn:aws:eks:eu-west-1:1:cluster:ci", "../..", "集群", "admin@prod"];
    const contexts = names.map((name) => `{name: '${name}', context: {cluster: a, user: u}}`);
    const { clusters } = loadClusters({ kubeconfigPath: write("config", file({ ...usual, contexts })), contexts: names, env: {} });
    expect(clusters.map(({ key }) => key)).toEqual([
      "arn-aws-eks-eu-west-1-1-cluster-ci",
      "arn-aws-eks-eu-west-1-1-cluster-ci-2",
      "cluster",
      "cluster-2",
      "admin-prod",
    ]);
  });
});

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../testing/fake-clock.ts";
import { AccessError, type ClusterAccess } from "./cluster-access.ts";
import { loadClusters } from "./kubeconfig.ts";

const SECRET = "geheimGeheimGeheimGeheim0123456789";
const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

let root = "";
let clock = new FakeClock();
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "access-"));
  clock = new FakeClock("2026-03-01T12:00:00.000Z");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (name: string, content: string) => writeFileSync(path.join(root, name), content);

/** JSON is YAML. */
function access(user: object, cluster: object = {}, env: Record<string, string | undefined> = {}): ClusterAccess {
  const config = {
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
    clusters: [{ name: "k", cluster: { server: "https://k.example", ...cluster } }],
    users: [{ name: "u", user }],
  };
  write("config", JSON.stringify(config));
  const { clusters, errors } = loadClusters({
    kubeconfigPath: path.join(root, "config"),
    env: { PATH: process.env["PATH"], ...env },
    clock,
  });
  const [found] = clusters;
  if (found === undefined) throw errors[0]!;
  return found;
}

/** An exec plugin that counts its runs in a file and prints what `body` says. */
function plugin(body: string): { command: string; runs: () => number } {
  const log = path.join(root, "runs");
  write("plugin.sh", `#!/bin/sh\necho run >> '${log}'\nn=$(wc -l < '${log}' | tr -d ' ')\n${body}\n`);
  chmodSync(path.join(root, "plugin.sh"), 0o755);
  return { command: "./plugin.sh", runs: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").length : 0) };
}
const credential = (status: string) =>
  `printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":${status}}' "$n"`;
const at = (ms: number) => new Date(clock.now() + ms).toISOString();

describe("fixed credentials", () => {
  it("sends a token, basic auth, nothing, and the impersonation", async () => {
    expect(await access({ token: "abc" }).authorize()).toEqual(bearer("abc"));
    expect(await access({ username: "u", password: "p" }).authorize()).toEqual({ authorization: `Basic ${base64("u:p")}` });
    expect(await access({}).authorize()).toEqual({});
    expect(await access({ token: "abc", as: "bob", "as-uid": "7", "as-groups": ["dev"] }).authorize()).toEqual({
      ...bearer("abc"),
      "impersonate-user": "bob",
      "impersonate-uid": "7",
      "impersonate-group": "dev",
    });
  });

  it("refuses a token that cannot be a header, without quoting it", async () => {
    await expect(access({ token: `${SECRET}\n${SECRET}` }).authorize()).rejects.toThrow(/^token: holds white space/);
    await expect(access({ token: `${SECRET}\n${SECRET}` }).authorize()).rejects.not.toThrow(SECRET);
    await expect(access({ token: "   " }).authorize()).rejects.toMatchObject({ code: "credentials" });
  });

  it("gives CA, client certificate and key from data, and the TLS options", async () => {
    const user = { "client-certificate-data": base64(pem("cert")), "client-key-data": base64(pem("key")) };
    const cluster = { "certificate-authority-data": base64(pem("ca")), "tls-server-name": "api.internal", "proxy-url": "http://p:1" };
    const connection = await access(user, cluster).connection();
    expect([connection.ca, connection.cert, connection.key].map(String)).toEqual([pem("ca"), pem("cert"), pem("key")]);
    expect(connection).toMatchObject({ servername: "api.internal", rejectUnauthorized: true, proxy: "http://p:1" });
    const insecure = await access({}, { "insecure-skip-tls-verify": true, "certificate-authority": "gone" }).connection();
    expect(insecure).toMatchObject({ rejectUnauthorized: false, proxy: null });
    expect(insecure).not.toHaveProperty("ca");
    expect((await access({}, {}, { HTTPS_PROXY: "http://env:2" }).connection()).proxy).toBe("http://env:2");
  });
});

describe("files that change", () => {
  it("reads a token file again after 60 s, and at once when asked for a fresh one", async () => {
    write("token", "first\n");
    // tokenFile wins over token, as in client-go.
    const cluster = access({ tokenFile: "token", token: "fixed" });
    expect(await cluster.authorize()).toEqual(bearer("first"));
    write("token", "second");
    clock.advance(59_000);
    expect(await cluster.authorize()).toEqual(bearer("first"));
    clock.advance(1_000);
    expect(await cluster.authorize()).toEqual(bearer("second"));
    write("token", "third");
    expect(await cluster.authorize({ fresh: true })).toEqual(bearer("third"));
  });

  it("says what is wrong with a token file, and recovers when it is there", async () => {
    const cluster = access({ tokenFile: "token" });
    await expect(cluster.authorize()).rejects.toThrow(`tokenFile: ${path.join(root, "token")} does not exist. Correct the path`);
    write("token", "");
    await expect(cluster.authorize()).rejects.toThrow(/is empty/);
    write("token", "there");
    expect(await cluster.authorize()).toEqual(bearer("there"));
  });

  it("keeps the connection while the files are the same and changes its version with them", async () => {
    for (const name of ["ca", "cert", "key"]) write(`${name}.pem`, pem(name));
    const cluster = access({ "client-certificate": "cert.pem", "client-key": "key.pem" }, { "certificate-authority": "ca.pem" });
    const first = await cluster.connection();
    clock.advance(120_000);
    expect(await cluster.connection()).toBe(first);
    write("ca.pem", pem("new ca"));
    expect(await cluster.connection()).toBe(first);
    clock.advance(60_000);
    const second = await cluster.connection();
    expect(second.version).not.toBe(first.version);
    expect(String(second.ca)).toBe(pem("new ca"));
    write("cert.pem", "no pem at all");
    await cluster.authorize({ fresh: true });
    await expect(cluster.connection()).rejects.toThrow(/^client-certificate: is not a PEM/);
  });
});

describe("exec plugins", () => {
  it("runs once for many callers and keeps the token until shortly before it expires", async () => {
    const { command, runs } = plugin(`sleep 0.1; ${credential(`{"token":"token-%s","expirationTimestamp":"${at(3_600_000)}"}`)}`);
    const cluster = access({ exec: { command, apiVersion: "client.authentication.k8s.io/v1" } });
    const all = await Promise.all([cluster.authorize(), cluster.authorize(), cluster.connection(), cluster.authorize({ fresh: true })]);
    expect(all[0]).toEqual(bearer("token-1"));
    expect(runs()).toBe(1);
    clock.advance(3_539_000);
    expect(await cluster.authorize()).toEqual(bearer("token-1"));
    expect(runs()).toBe(1);
  });

  it("renews with a leeway of 60 s, of a tenth for short lives, and at once when asked", async () => {
    const { command, runs } = plugin(credential(`{"token":"token-%s","expirationTimestamp":"${at(100_000)}"}`));
    const cluster = access({ exec: { command } });
    expect(await cluster.authorize()).toEqual(bearer("token-1"));
    clock.advance(89_000);
    expect(await cluster.authorize()).toEqual(bearer("token-1"));
    clock.advance(2_000);
    expect(await cluster.authorize()).toEqual(bearer("token-2"));
    expect(await cluster.authorize({ fresh: true })).toEqual(bearer("token-3"));
    expect(runs()).toBe(3);
    clock.advance(20_000);
    await expect(cluster.authorize()).rejects.toThrow(/has already expired/);
  });

  it("takes a client certificate from the plugin and changes the version with it", async () => {
    const { command } = plugin(
      credential(`{"clientCertificateData":"-----BEGIN CERTIFICATE----- %s","clientKeyData":"-----BEGIN KEY-----"}`),
    );
    const cluster = access({ exec: { command } });
    const first = await cluster.connection();
    expect(String(first.cert)).toBe("-----BEGIN CERTIFICATE----- 1");
    expect(await cluster.authorize()).toEqual({});
    expect(await cluster.connection()).toBe(first);
    await cluster.authorize({ fresh: true });
    expect((await cluster.connection()).version).not.toBe(first.version);
  });

  it("gives the plugin its arguments, variables and the cluster, and no open input", async () => {
    const { command } = plugin(
      `cat > /dev/null; printf '%s|%s|%s' "$1" "$EXTRA" "$KUBERNETES_EXEC_INFO" > '${path.join(root, "seen")}'; ${credential('{"token":"t-%s"}')}`,
    );
    const exec = {
      command,
      args: ["a b"],
      env: [{ name: "EXTRA", value: "x" }],
      provideClusterInfo: true,
      apiVersion: "client.authentication.k8s.io/v1beta1",
    };
    const extensions = [{ name: "client.authentication.k8s.io/exec", extension: { audience: "q" } }];
    await access({ exec }, { extensions }).authorize();
    const [argument, variable, info] = readFileSync(path.join(root, "seen"), "utf8").split("|");
    expect([argument, variable]).toEqual(["a b", "x"]);
    expect(JSON.parse(info!)).toEqual({
      apiVersion: "client.authentication.k8s.io/v1beta1",
      kind: "ExecCredential",
      spec: { interactive: false, cluster: { server: "https://k.example", "insecure-skip-tls-verify": false, config: { audience: "q" } } },
    });
  });

  it.each([
    [
      "fails",
      `echo "login with ${SECRET} or token=abc first" >&2; echo ${SECRET}; exit 3`,
      /ended with code 3: login with \[removed\] or token=\[removed\] first\. Run it by hand/,
    ],
    ["prints no JSON", `echo ${SECRET}`, /its output is not an ExecCredential/],
    ["prints something else", `echo '{"kind":"Other","status":{"token":"${SECRET}"}}'`, /is not an ExecCredential/],
    ["has no token", credential('{"clientKeyData":"x%s"}'), /neither a token nor a client certificate/],
    ["gives a broken time", credential('{"token":"t%s","expirationTimestamp":"soon"}'), /expirationTimestamp is not a time/],
    ["gives a broken token", credential('{"token":"two words %s"}'), /^exec: holds white space/],
    ["prints without end", `yes ${SECRET}`, /more than 1 MiB/],
  ])("says so when the plugin %s, without a secret, and runs it again next time", async (_, body, message) => {
    const { command, runs } = plugin(body);
    const cluster = access({ exec: { command } });
    const error = await cluster.authorize().catch((one: unknown) => one);
    expect(error).toBeInstanceOf(AccessError);
    expect((error as AccessError).message).toMatch(message);
    expect((error as AccessError).message).not.toContain(SECRET);
    await cluster.authorize({ fresh: true }).catch(() => null);
    expect(runs()).toBe(2);
  });

  it("says where a plugin that is not there comes from, and refuses one that needs a person", async () => {
    await expect(access({ exec: { command: "no-such-plugin-here", installHint: "Install it with krew." } }).authorize()).rejects.toThrow(
      'exec.command "no-such-plugin-here": there is no such program. Install it with krew.',
    );
    write("plain", "#!/bin/sh\n");
    await expect(access({ exec: { command: "./plain" } }).authorize()).rejects.toThrow(/may not be executed/);
    await expect(access({ exec: { command: "x", interactiveMode: "Always" } }).authorize()).rejects.toThrow(/there is no terminal here/);
  });
});

describe("the old auth-provider", () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  it("sends the id-token of oidc while it is valid, and asks for a login after it", async () => {
    const token = (exp: number) => `${part({ alg: "none" })}.${part({ exp })}.c2ln`;
    const valid = token(Math.floor(Date.now() / 1000) + 3600);
    expect(await access({ "auth-provider": { name: "oidc", config: { "id-token": valid } } }).authorize()).toEqual(bearer(valid));
    await expect(access({ "auth-provider": { name: "oidc", config: { "id-token": token(1) } } }).authorize()).rejects.toThrow(
      /^auth-provider "oidc": gives no token, it has expired or was never there\. Log in again/,
    );
  });
});

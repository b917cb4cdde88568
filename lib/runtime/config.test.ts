import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";

describe("configuration", () => {
  it("has defaults for everything", () => {
    expect(readConfig({ PATH: "/bin", HOME: "/home/me" })).toEqual({
      config: {
        port: 3000,
        host: "127.0.0.1",
        allowedHosts: [],
        kubeconfigPath: null,
        contexts: null,
        namespaces: null,
        keep: { maxJobs: 1000, maxAgeMs: 3_600_000 },
        history: {
          location: { kind: "sqlite", folder: "/home/me/.local/share/runnerscope" },
          maxAgeMs: 30 * 86_400_000,
          maxBytes: 2_000_000_000,
        },
        lease: null,
        kubelet: { trust: { kind: "cluster-ca" } },
        prometheus: null,
        managers: true,
        managerNames: [],
        logs: { gitlab: false, pods: false },
        gitlab: null,
        recording: null,
        label: null,
        logLevel: "info",
      },
      errors: [],
    });
  });

  it("reads what is set; empty is not set", () => {
    const { config, errors } = readConfig({
      RUNNERSCOPE_PORT: "8080",
      RUNNERSCOPE_HOST: "0.0.0.0",
      RUNNERSCOPE_ALLOWED_HOSTS: "ci.example.com, *.internal.example",
      KUBECONFIG: "/k",
      RUNNERSCOPE_CONTEXTS: "a, b",
      RUNNERSCOPE_NAMESPACES: "ci,ci-2",
      RUNNERSCOPE_KEEP_JOBS: "0",
      RUNNERSCOPE_KEEP_MINUTES: "5",
      DATABASE_URL: "postgres://me@db/x",
      RUNNERSCOPE_LEASE: "ci/runnerscope",
      GITLAB_URL: "https://gitlab.example/git/",
      GITLAB_TOKEN_FILE: "/t",
      RUNNERSCOPE_HISTORY_DAYS: "7",
      RUNNERSCOPE_HISTORY_MEGABYTES: "50",
      RUNNERSCOPE_KUBELET_INSECURE_TLS: "true",
      RUNNERSCOPE_LABEL: "",
      RUNNERSCOPE_LOG_LEVEL: "debug",
    });
    expect(errors).toEqual([]);
    expect(config).toEqual({
      port: 8080,
      host: "0.0.0.0",
      allowedHosts: ["ci.example.com", "*.internal.example"],
      kubeconfigPath: "/k",
      contexts: ["a", "b"],
      namespaces: ["ci", "ci-2"],
      keep: { maxJobs: 0, maxAgeMs: 300_000 },
      history: { location: { kind: "postgres", url: "postgres://me@db/x" }, maxAgeMs: 7 * 86_400_000, maxBytes: 50_000_000 },
      lease: { namespace: "ci", name: "runnerscope" },
      kubelet: { trust: { kind: "insecure" } },
      prometheus: null,
      managers: true,
      managerNames: [],
      logs: { gitlab: false, pods: false },
      gitlab: { url: "https://gitlab.example/git", tokenFile: "/t", ca: null, webhookSecretFile: null, requestsPerMinute: 120 },
      recording: null,
      label: null,
      logLevel: "debug",
    });
  });

  it("takes on, off, or the names of managers that are not found by themselves", () => {
    const of = (text: string) => {
      const { config, errors } = readConfig({ RUNNERSCOPE_MANAGERS: text });
      return errors.length > 0 ? errors.map(({ message }) => message) : [config.managers, ...config.managerNames];
    };
    expect([of(""), of("on"), of("off")]).toEqual([[true], [true], [false]]);
    expect(of("ci/company-runner, build/runner-0")).toEqual([true, "ci/company-runner", "build/runner-0"]);
    for (const wrong of ["company-runner", "ci/", "ci/a,,ci/b", "ci/A", "yes"])
      expect(of(wrong)).toEqual(["is neither on, nor off, nor a list of namespace/name"]);
  });

  it("keeps no history and asks no kubelet where that is wished", () => {
    expect(readConfig({ RUNNERSCOPE_HISTORY_DAYS: "0", RUNNERSCOPE_KUBELET: "off" }).config).toMatchObject({
      history: null,
      kubelet: null,
    });
  });

  it("wants address and token of GitLab together", () => {
    const names = (env: Record<string, string>) => readConfig(env).errors.map((error) => error.variable);
    expect(names({ GITLAB_URL: "https://gitlab.example" })).toEqual(["GITLAB_TOKEN_FILE"]);
    expect(names({ GITLAB_TOKEN_FILE: "/t" })).toEqual(["GITLAB_URL"]);
    expect(names({ GITLAB_URL: "https://me:secret@gitlab.example", GITLAB_TOKEN_FILE: "/t" })).toEqual(["GITLAB_URL"]);
  });

  it("takes a Lease only for a database that can be shared", () => {
    const errors = (env: Record<string, string>) => readConfig(env).errors.map(({ variable, message }) => `${variable} ${message}`);
    expect(errors({ RUNNERSCOPE_LEASE: "ci/runnerscope" })).toEqual([
      "RUNNERSCOPE_LEASE is set although the history is in a folder, which belongs to one dashboard",
    ]);
    for (const lease of ["runnerscope", "ci/", "/x", "CI/x", "a/b/c"])
      expect(errors({ RUNNERSCOPE_LEASE: lease, DATABASE_URL: "postgres://db/x" })).toEqual(["RUNNERSCOPE_LEASE is not namespace/name"]);
  });

  it("names every wrong variable at once, with a remedy, without its value", () => {
    const { errors } = readConfig({
      RUNNERSCOPE_PORT: "70000",
      RUNNERSCOPE_ALLOWED_HOSTS: "https://ci.example.com",
      RUNNERSCOPE_KEEP_JOBS: "-1",
      RUNNERSCOPE_LOG_LEVEL: "loud",
      RUNNERSCOPE_NAMESPACES: "UPPER",
      RUNNERSCOPE_CONTEXTS: "a,,b",
      RUNNERSCOPE_NAMESPACE: "ci",
      RUNNERSCOPE_ZZZZZZZZZZZZZZZZZZZ: "glpat-secret",
      DATABASE_URL: "mysql://root:glpat-secret@db/x",
      RUNNERSCOPE_KUBELET_CA_FILE: "/nowhere/ca.pem",
    });
    expect(errors.map((error) => error.variable).sort()).toEqual([
      "DATABASE_URL",
      "RUNNERSCOPE_ALLOWED_HOSTS",
      "RUNNERSCOPE_CONTEXTS",
      "RUNNERSCOPE_KEEP_JOBS",
      "RUNNERSCOPE_KUBELET_CA_FILE",
      "RUNNERSCOPE_LOG_LEVEL",
      "RUNNERSCOPE_NAMESPACE",
      "RUNNERSCOPE_NAMESPACES",
      "RUNNERSCOPE_PORT",
      "RUNNERSCOPE_ZZZZZZZZZZZZZZZZZZZ",
    ]);
    expect(errors.find((error) => error.variable === "RUNNERSCOPE_NAMESPACE")?.remedy).toBe("Did you mean RUNNERSCOPE_NAMESPACES?");
    for (const error of errors) expect(error.remedy.length).toBeGreaterThan(10);
    expect(JSON.stringify(errors)).not.toContain("glpat-secret");
  });

  it("asks no Prometheus until its address is given, and says what means nothing without it", () => {
    expect(readConfig({}).config.prometheus).toBeNull();
    expect(readConfig({ PROMETHEUS_URL: "https://mimir.example/prometheus/", PROMETHEUS_TENANT: "ci" })).toMatchObject({
      errors: [],
      config: { prometheus: { url: "https://mimir.example/prometheus", tokenFile: null, ca: null, tenant: "ci" } },
    });
    const { errors } = readConfig({ PROMETHEUS_TOKEN_FILE: "/t", PROMETHEUS_CA_FILE: "/nowhere/ca.pem", PROMETHEUS_TENANT: "a b" });
    expect(errors.map(({ variable, message }) => [variable, message])).toEqual([
      ["PROMETHEUS_CA_FILE", "cannot be read: ENOENT"],
      ["PROMETHEUS_TENANT", "is not a tenant ID"],
      ["PROMETHEUS_TOKEN_FILE", "is set although PROMETHEUS_URL is not"],
    ]);
    expect(readConfig({ PROMETHEUS_URL: "http://user:secret@prometheus" }).errors).toMatchObject([{ variable: "PROMETHEUS_URL" }]);
  });

  it("shows no log until a source is allowed", () => {
    const logs = (value: string) => readConfig({ RUNNERSCOPE_LOGS: value });
    expect(readConfig({}).config.logs).toEqual({ gitlab: false, pods: false });
    expect(logs("off").config.logs).toEqual({ gitlab: false, pods: false });
    expect(logs("gitlab, pods").config.logs).toEqual({ gitlab: true, pods: true });
    expect(logs("pods,off").errors).toMatchObject([{ variable: "RUNNERSCOPE_LOGS" }]);
    expect(logs("everything").errors[0]?.message).toContain("none of off, gitlab, pods");
  });

  it("is not confused by a Service that is named runnerscope", () => {
    const { config, errors } = readConfig({
      RUNNERSCOPE_PORT: "tcp://10.0.0.7:80",
      RUNNERSCOPE_SERVICE_HOST: "10.0.0.7",
      RUNNERSCOPE_SERVICE_PORT_HTTP: "80",
      RUNNERSCOPE_PORT_80_TCP_ADDR: "10.0.0.7",
      RUNNERSCOPE_PORT_80_TCP: "tcp://10.0.0.7:80",
    });
    expect(errors).toEqual([]);
    expect(config.port).toBe(3000);
  });
});

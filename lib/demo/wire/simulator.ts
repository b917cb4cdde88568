import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { sharedAuthority } from "../../testing/fake-api/certificate-authority.ts";
import { FakeApiServer } from "../../testing/fake-api/fake-api-server.ts";
import { PodLogs } from "../../testing/fake-api/pod-logs.ts";
import { CollectingSink } from "../model/collecting-sink.ts";
import { Fleet, type FleetPlan } from "../model/fleet.ts";
import { ApiLogs } from "./api-logs.ts";
import { ApiSink, SwitchSink } from "./api-sink.ts";
import { GitlabHooks } from "./gitlab-hooks.ts";
import { GitlabServer } from "./gitlab-server.ts";
import { KubeletServers } from "./kubelet-servers.ts";
import { ManagerServers } from "./manager-servers.ts";
import { PrometheusHistory } from "./prometheus-history.ts";
import { PrometheusServer } from "./prometheus-server.ts";
import { ServerCertificates } from "./server-certificates.ts";

export interface SimulatorOptions {
  plan: FleetPlan;
  seed: number;
  speed: number;
  /** Where GitLab sends its webhooks; left out: nowhere. */
  webhook?: string | null;
}

/** How often the simulated life is brought up to now, ms. */
const TICK_MS = 50;

type Parts = Pick<Simulator, "fleet" | "apis" | "kubelets" | "managers" | "gitlab" | "hooks" | "prometheus" | "folder" | "environment">;

/** The model behind real servers, in this process. */
export class Simulator {
  readonly fleet: Fleet;
  readonly apis: ReadonlyMap<string, FakeApiServer>;
  readonly kubelets: KubeletServers;
  readonly managers: ManagerServers;
  readonly gitlab: GitlabServer;
  /** null: nobody is told of events. */
  readonly hooks: GitlabHooks | null;
  readonly prometheus: PrometheusServer;
  readonly folder: string;
  readonly kubeconfig: string;
  /** Settings with which the product sees all of it; files they name are in `folder`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #timer: NodeJS.Timeout;

  private constructor(parts: Parts) {
    this.fleet = parts.fleet;
    this.apis = parts.apis;
    this.kubelets = parts.kubelets;
    this.managers = parts.managers;
    this.gitlab = parts.gitlab;
    this.hooks = parts.hooks;
    this.prometheus = parts.prometheus;
    this.folder = parts.folder;
    this.environment = parts.environment;
    this.kubeconfig = parts.environment["KUBECONFIG"] ?? "";
    this.#timer = setInterval(() => {
      this.fleet.advanceTo(Date.now());
      this.managers.follow();
    }, TICK_MS);
  }

  /** Starts all servers, lives through the warm-up, then follows the wall clock. */
  static async start({ plan, seed, speed, webhook = null }: SimulatorOptions): Promise<Simulator> {
    const apis = new Map<string, FakeApiServer>();
    for (const { name, minor, patch } of plan.clusters) {
      apis.set(
        name,
        await FakeApiServer.start({ window: 4000, version: { major: "1", minor: String(minor), gitVersion: `v1.${minor}.${patch}` } }),
      );
    }
    const kubelets = await KubeletServers.open(plan.clusters, apis);
    const managers = await ManagerServers.open(plan.clusters);
    const warm = new Map([...apis.keys()].map((name) => [name, { first: new CollectingSink(), sink: null as SwitchSink | null }]));
    const fleet = new Fleet(
      { ...plan, clusters: kubelets.clusters },
      {
        seed,
        speed,
        start: Date.now() - plan.warmUpMs,
        sinkOf: (name) => {
          const entry = warm.get(name) ?? { first: new CollectingSink(), sink: null };
          entry.sink = new SwitchSink(entry.first);
          return entry.sink;
        },
        logsOf: (name) => new ApiLogs(apis.get(name)?.logs ?? new PodLogs()),
        managerAddress: (cluster, index) => managers.address(cluster, index),
      },
    );
    const history = new PrometheusHistory(fleet);
    fleet.advanceTo(Date.now());
    for (const [name, api] of apis) {
      const entry = warm.get(name);
      const target = new ApiSink(api.store);
      entry?.first.moveTo(target);
      entry?.sink?.connect(target);
    }
    kubelets.serve(fleet);
    managers.serve(fleet);
    const authority = await sharedAuthority();
    const gitlab = await GitlabServer.open(fleet, new ServerCertificates(authority, { commonName: "gitlab" }));
    const hooks = webhook === null ? null : new GitlabHooks(fleet, webhook);
    const prometheus = await PrometheusServer.open(fleet, history);
    const folder = await mkdtemp(path.join(tmpdir(), "runnerscope-demo-"));
    const servers = { fleet, apis, kubelets, managers, gitlab, hooks, prometheus, folder };
    return new Simulator({ ...servers, environment: await writeSettings(servers, authority.certificate) });
  }

  /** Writes GitLab's token of now to the file that the product reads it from. */
  async renewToken(): Promise<void> {
    await writeFile(this.environment["GITLAB_TOKEN_FILE"] ?? "", this.gitlab.token, { mode: 0o600 });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.hooks?.close();
    await Promise.all([
      ...[...this.apis.values()].map((api) => api.stop()),
      this.kubelets.close(),
      this.managers.close(),
      this.gitlab.close(),
      this.prometheus.close(),
    ]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

type Servers = Pick<Simulator, "apis" | "gitlab" | "hooks" | "prometheus" | "folder">;

/** Writes what the product reads from files and names it by the product's variables. */
async function writeSettings({ apis, gitlab, hooks, prometheus, folder }: Servers, ca: string): Promise<Record<string, string>> {
  const file = async (name: string, text: string) => {
    const full = path.join(folder, name);
    await writeFile(full, text, { mode: 0o600 });
    return full;
  };
  const kubeconfig = mergeKubeconfigs([...apis].map(([name, api]) => api.kubeconfig({ context: name })));
  return {
    KUBECONFIG: await file("kubeconfig.json", kubeconfig),
    RUNNERSCOPE_CONTEXTS: [...apis.keys()].join(","),
    GITLAB_URL: gitlab.url,
    GITLAB_TOKEN_FILE: await file("gitlab-token", gitlab.token),
    GITLAB_CA_FILE: await file("gitlab-ca.crt", ca),
    PROMETHEUS_URL: prometheus.url,
    ...(hooks ? { GITLAB_WEBHOOK_SECRET_FILE: await file("webhook-secret", hooks.secret) } : {}),
  };
}

interface Kubeconfig {
  clusters: unknown[];
  users: { name: string }[];
  contexts: { context: { user: string } }[];
}

/** One kubeconfig with a context per cluster; user names are made different. */
function mergeKubeconfigs(texts: string[]): string {
  const parts = texts.map((text, index) => {
    const config = JSON.parse(text) as Kubeconfig;
    for (const user of config.users) user.name = `${user.name}-${index}`;
    for (const entry of config.contexts) entry.context.user = `${entry.context.user}-${index}`;
    return config;
  });
  const [first] = parts;
  if (!first) throw new Error("A scenario needs at least one cluster.");
  return `${JSON.stringify({ ...first, clusters: parts.flatMap((part) => part.clusters), users: parts.flatMap((part) => part.users), contexts: parts.flatMap((part) => part.contexts) }, null, 2)}\n`;
}

import type { RbacRule } from "../../base/source-state.ts";
import { readRules } from "../../testing/fake-api/access-control.ts";
import type { FakeApiServer } from "../../testing/fake-api/fake-api-server.ts";
import type { Fault } from "../../testing/fake-api/faults.ts";
import type { DemoOptions } from "../read-options.ts";
import type { Simulator } from "./simulator.ts";
import { SimulatedServer, type Answer } from "./simulated-server.ts";

const RESOURCES = ["pods", "events", "nodes", "deployments", "replicasets"] as const;

/** Faults of the API server that one press orders; those that hit requests stand until taken away. */
const API_FAULTS: Readonly<Record<string, Fault>> = {
  cut: { verb: "cut", request: "watch", times: "always" },
  stall: { verb: "stall", request: "watch", times: "always" },
  silent: { verb: "stall", times: "always" },
  drip: { verb: "drip", request: "watch", times: "always" },
  garble: { verb: "garble", request: "watch", times: 3 },
  "401": { verb: "unauthorized", times: "always" },
  "403": { verb: "forbid", times: "always" },
  "410": { verb: "gone", request: "watch", times: 3 },
  "429": { verb: "throttle", retryAfterSeconds: 5, times: "always" },
  "500": { verb: "fail", code: 500, times: "always" },
  "slow TLS": { verb: "slow-tls", delayMs: 6000, times: "always" },
  refuse: { verb: "refuse", times: "always" },
  "clock +5 min": { verb: "skew", ms: 300_000 },
};

/** Faults that only new requests meet. */
const REFUSALS = new Set(["401", "403", "429", "500"]);

/** A real server lets open watches go on; here they are cut, so that a visitor sees the refusal now and not minutes later. */
function endWatches(api: FakeApiServer, resource: (typeof RESOURCES)[number] | undefined): void {
  const times = api.openWatches(resource);
  if (times > 0) api.faults.add({ verb: "cut", request: "watch", times, ...(resource ? { resource } : {}) });
}

/** All that the product uses, but for one verb on one resource. */
function rightsWithout(resource: (typeof RESOURCES)[number], verb: string): RbacRule[] {
  const rules = readRules(null, [...RESOURCES, "namespaces", "configmaps", "resourcequotas"]).map((rule) =>
    rule.resource === resource ? { ...rule, verbs: rule.verbs.filter((one) => one !== verb) } : rule,
  );
  const parts = ["nodes/metrics", "pods/log"].map((name) => ({ apiGroup: "", resource: name, verbs: ["get"], namespace: null }));
  return [...rules, ...parts];
}

export interface ControlPage {
  url: string;
  close(): Promise<void>;
}

/** A small page on which a visitor breaks things. Every press is a POST; the page itself never changes anything. */
export async function openControlPage(simulator: Simulator, options: DemoOptions): Promise<ControlPage> {
  const server = await SimulatedServer.open({
    name: "control",
    answer: async (request, url, body) => {
      if (request.method === "POST" && !isOwn(request.headers.origin, request.headers.host))
        return { status: 403, body: "another site's form\n" };
      if (request.method === "POST") return press(simulator, new URLSearchParams(body || url.search));
      if (url.pathname === "/requests") return { type: "application/json", body: JSON.stringify(countRequests(simulator)) };
      if (url.pathname !== "/") return { status: 404, body: "not found\n" };
      return { type: "text/html; charset=utf-8", headers: { "cache-control": "no-store" }, body: render(simulator, options) };
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.close() };
}

/** A form of this page, or no browser at all. */
function isOwn(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || origin === `http://${host ?? ""}`;
}

async function press(simulator: Simulator, form: URLSearchParams): Promise<Answer> {
  const target = form.get("target") ?? "";
  const verb = form.get("verb") ?? "";
  const done = await act(simulator, target, verb, form.get("resource"), form.get("path"));
  return done ? { status: 303, headers: { location: "/" }, body: "" } : { status: 400, body: `Unknown: ${target} ${verb}\n` };
}

async function act(simulator: Simulator, target: string, verb: string, resource: string | null, path: string | null): Promise<boolean> {
  const [kind = "", name = ""] = target.split(":");
  if (kind === "api") return actOnApi(simulator, name, verb, resource);
  if (kind === "node") return actOnNode(simulator, name, verb);
  if (kind === "process") return actOnManager(simulator, Number(name), verb);
  if (kind === "gitlab" && verb === "new token") return simulator.gitlab.rotateToken();
  if (kind === "gitlab" && verb === "narrow token") {
    simulator.gitlab.rotateToken("read_user");
    await simulator.renewToken();
    return true;
  }
  // Somebody has put the new token, or one with the scope, where the product reads it.
  if (kind === "gitlab" && verb === "well") {
    if (simulator.gitlab.scope === "read_user") simulator.gitlab.rotateToken();
    await simulator.renewToken();
  }
  const server = serversOf(simulator).find((entry) => entry.name === `${kind} ${name}`.trim());
  const fault = server?.faults.find((entry) => entry === verb);
  if (!server || (verb !== "well" && !fault)) return false;
  await server.misbehave(fault ?? null, path || null);
  return true;
}

async function actOnApi(simulator: Simulator, name: string, verb: string, resource: string | null): Promise<boolean> {
  const api = simulator.apis.get(name);
  const fault = API_FAULTS[verb];
  const known = RESOURCES.find((entry) => entry === resource);
  if (!api) return false;
  if (verb === "well") {
    api.faults.clear();
    api.setUser("admin", "all");
    if (api.certificate !== "now") await api.exchangeCertificate("now");
    await api.pause();
    await api.resume();
  } else if (verb === "down") await api.pause();
  else if (verb === "expired certificate") await api.exchangeCertificate("expired");
  else if (verb === "new token") await api.rotateToken("admin");
  else if (verb === "revoke watch" && known) {
    api.setUser("admin", rightsWithout(known, "watch"));
    endWatches(api, known);
  } else if (fault) {
    api.faults.add(known ? { ...fault, resource: known } : fault);
    if (REFUSALS.has(verb)) endWatches(api, known);
  } else return false;
  return true;
}

function actOnNode(simulator: Simulator, name: string, verb: string): boolean {
  const found = simulator.fleet.node(name);
  if (!found) return false;
  const { cluster, node } = found;
  if (verb === "lose") cluster.nodeController.lose(node);
  else if (verb === "recover") cluster.nodeController.recover(node);
  else if (verb === "cordon" || verb === "uncordon") cluster.nodeController.setSchedulable(node, verb === "uncordon");
  else return false;
  return true;
}

function actOnManager(simulator: Simulator, index: number, verb: string): boolean {
  const manager = simulator.fleet.managers[index];
  if (!manager) return false;
  if (verb === "kill") manager.kill("Error", 30_000);
  else if (verb === "oom") manager.kill("OOMKilled", 30_000);
  else if (verb === "stop") manager.interrupt();
  else return false;
  return true;
}

/** How many requests each server has taken, for whoever wants to know what the product costs. */
function countRequests(simulator: Simulator): Record<string, number> {
  return Object.fromEntries(serversOf(simulator).map(({ name, requests }) => [name, requests]));
}

function serversOf(simulator: Simulator): SimulatedServer[] {
  return [
    simulator.gitlab.server,
    simulator.prometheus.server,
    ...simulator.kubelets.servers.values(),
    ...simulator.managers.servers.map((entry) => entry.server),
  ];
}

const escape = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function buttons(target: string, verbs: readonly string[], more = ""): string {
  return `<form method="post"><input type="hidden" name="target" value="${escape(target)}">${more}${verbs.map((verb) => `<button name="verb" value="${escape(verb)}">${escape(verb)}</button>`).join(" ")}</form>`;
}

function row(name: string, state: string, cell: string): string {
  return `<tr><th scope="row">${escape(name)}</th><td>${escape(state)}</td><td>${cell}</td></tr>`;
}

function render(simulator: Simulator, options: DemoOptions): string {
  const pick = `<label>only <select name="resource"><option value="">everything</option>${RESOURCES.map((name) => `<option>${name}</option>`).join("")}</select></label> `;
  const path = `<label>only path <input name="path" size="18" placeholder="/metrics"></label> `;
  const apis = [...simulator.apis].map(([name, api]) =>
    row(
      name,
      [...(api.certificate === "now" ? [] : ["expired certificate"]), ...api.faults.list().map((fault) => fault.verb)].join(", ") || "well",
      buttons(`api:${name}`, ["well", "down", "expired certificate", "new token", "revoke watch", ...Object.keys(API_FAULTS)], pick),
    ),
  );
  const nodes = simulator.fleet.clusters.flatMap((cluster) =>
    cluster.nodes
      .slice(0, 20)
      .map((node) =>
        row(
          node.name,
          node.alive ? (node.unschedulable ? "cordoned" : "up") : "lost",
          buttons(`node:${node.name}`, ["lose", "recover", "cordon", "uncordon"]),
        ),
      ),
  );
  const managers = simulator.fleet.managers
    .slice(0, 20)
    .map((manager, index) =>
      row(manager.pod.name, manager.alive ? `${manager.jobs.size} jobs` : "down", buttons(`process:${index}`, ["kill", "oom", "stop"])),
    );
  const servers = serversOf(simulator)
    .slice(0, 40)
    .map((server) =>
      row(
        server.name,
        server.fault ?? "well",
        buttons(
          server.name.replace(" ", ":"),
          ["well", ...server.faults, ...(server === simulator.gitlab.server ? ["new token", "narrow token"] : [])],
          path,
        ),
      ),
    );
  const table = (title: string, rows: string[]) => `<h2>${title}</h2><table>${rows.join("")}</table>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Simulated fleet: faults</title>
<style>body{font:15px/1.5 system-ui;margin:2rem;max-width:75rem;color-scheme:light dark}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-top:1px solid #8884;vertical-align:top}button{margin:.1rem}</style>
<h1>Simulated fleet</h1><p>Scenario <b>${escape(options.scenario)}</b>, seed <b>${options.seed}</b>, speed ${options.speed}, ${simulator.fleet.jobPods} job pods, ${simulator.fleet.gitlab.pending.length} jobs waiting for a slot${simulator.hooks ? `, webhooks: ${simulator.hooks.state}` : ""}. Press a button and watch the dashboard say so; <i>well</i> heals.</p>
${table("Kubernetes API", apis)}${table("Nodes", nodes)}${table("Managers", managers)}${table("GitLab, Prometheus and metrics ports", servers)}</html>`;
}

import { readFile } from "node:fs/promises";
import https from "node:https";
import { Agent, fetch as undiciFetch } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jobsQuery, pendingQuery, readGraphqlPage, runnersQuery, type GraphqlRequest } from "../../gitlab/graphql-query.ts";
import { readGraphqlJob } from "../../gitlab/read-job.ts";
import { readGraphqlRunner } from "../../gitlab/read-runner.ts";
import { readConfig } from "../../manager/read-config.ts";
import { readMetrics } from "../../manager/read-metrics.ts";
import { readJobsList } from "../../manager/read-jobs-list.ts";
import { parseCadvisor } from "../../metrics/parse-cadvisor.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { openControlPage, type ControlPage } from "./control-page.ts";
import { Simulator } from "./simulator.ts";

let simulator: Simulator;
let control: ControlPage;
let token = "";
const tokens = new Map<string, string>();
let ca = "";

beforeAll(async () => {
  simulator = await Simulator.start({ plan: SCENARIOS["two-clusters"]!.plan({ pods: null }), seed: 12, speed: 1 });
  control = await openControlPage(simulator, { scenario: "two-clusters", pods: null, seed: 12, speed: 1, webhook: null });
  const config = JSON.parse(await readFile(simulator.kubeconfig, "utf8")) as {
    users: { user: { token: string } }[];
    clusters: { cluster: { "certificate-authority-data": string } }[];
  };
  for (const [index, name] of ["ci", "ci-v2"].entries()) tokens.set(name, config.users[index]!.user.token);
  token = tokens.get("ci")!;
  ca = Buffer.from(config.clusters[0]!.cluster["certificate-authority-data"], "base64").toString();
}, 60_000);
afterAll(async () => {
  await control.close();
  await simulator.stop();
});

function get(
  url: string,
  headers: Record<string, string> = { authorization: `Bearer ${token}` },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    https
      .get(url, { ca, headers, agent: false }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        response.on("error", reject);
      })
      .on("error", reject);
  });
}

const press = (target: string, verb: string, path = "") =>
  fetch(control.url, { method: "POST", body: new URLSearchParams({ target, verb, path }), redirect: "manual" });
const gitlab = (
  path: string,
  { token: given = simulator.gitlab.token, ...init }: { token?: string; method?: string; body?: string } = {},
) => undiciFetch(simulator.gitlab.url + path, { ...init, headers: { "private-token": given }, dispatcher: new Agent({ connect: { ca } }) });

interface PodList {
  items: {
    metadata: { name: string; namespace: string; annotations?: Record<string, string> };
    spec: { nodeName?: string };
    status: { containerStatuses?: { name: string; containerID?: string; state: Record<string, unknown> }[] };
  }[];
}

const podsOf = async (cluster: string) =>
  JSON.parse(
    (await get(`${simulator.apis.get(cluster)!.url}/api/v1/pods`, { authorization: `Bearer ${tokens.get(cluster)}` })).body,
  ) as PodList;
const kubeletUrl = (node: string) => `https://127.0.0.1:${simulator.kubelets.servers.get(node)!.port}`;

test("two clusters, two contexts, job pods in both", async () => {
  const config = JSON.parse(await readFile(simulator.kubeconfig, "utf8")) as { contexts: { name: string; context: { user: string } }[] };
  expect(config.contexts.map(({ name }) => name)).toEqual(["ci", "ci-v2"]);
  expect(new Set(config.contexts.map(({ context }) => context.user)).size).toBe(2);
  for (const cluster of ["ci", "ci-v2"])
    expect((await podsOf(cluster)).items.some((pod) => pod.metadata.annotations?.["job.runner.gitlab.com/id"])).toBe(true);
});

test("the product's reader joins the kubelet's rows with the pods' container ids", async () => {
  const pods = (await podsOf("ci")).items;
  const ids = new Set(
    pods.flatMap((pod) =>
      (pod.status.containerStatuses ?? [])
        .filter((entry) => "running" in entry.state)
        .map((entry) => entry.containerID?.slice("containerd://".length)),
    ),
  );
  const answer = await get(`${kubeletUrl("ci-node-1")}/metrics/cadvisor`);
  const page = parseCadvisor(answer.body, Date.now());
  expect(page.containers.length).toBeGreaterThan(3);
  // A container that has just started is in its cgroup before it is in its pod's status.
  const joined = page.containers.filter((container) => ids.has(container.containerId ?? "none"));
  expect(joined.length / page.containers.length).toBeGreaterThan(0.7);
});

test("a kubelet asks who is there and who may", async () => {
  const url = `${kubeletUrl("ci-node-1")}/metrics/resource`;
  expect((await get(url, {})).status).toBe(401);
  const reader = simulator.apis.get("ci")!.setUser("reader", []);
  expect((await get(url, { authorization: `Bearer ${reader.token}` })).status).toBe(403);
  expect((await get(url)).body).toContain("pod_memory_working_set_bytes{");
});

test("the product's readers understand the managers' pages", async () => {
  const [manager] = simulator.managers.servers;
  const base = `http://${manager!.address.ip}:${manager!.address.port}`;
  const metrics = readMetrics(await (await fetch(`${base}/metrics`)).text());
  expect(metrics.concurrent).toBe(10);
  const list = readJobsList(await (await fetch(`${base}/debug/jobs/list`)).text());
  expect(list.jobs.length).toBe(simulator.fleet.managers[0]!.jobs.size);
});

test("the product's reader understands the managers' ConfigMap, as their pods name it", async () => {
  const manager = (await podsOf("ci")).items.find(({ metadata }) => metadata.name.startsWith("gitlab-runner-"))!;
  const { volumes } = manager.spec as { volumes?: { configMap?: { name: string } }[] };
  const name = volumes?.find(({ configMap }) => configMap)?.configMap?.name;
  const answer = await get(`${simulator.apis.get("ci")!.url}/api/v1/namespaces/${manager.metadata.namespace}/configmaps/${name}`);
  const config = readConfig((JSON.parse(answer.body) as { data: Record<string, string> }).data["config.toml"]!);
  expect(config).toMatchObject({ concurrent: 10, unreadable: 0, runners: [{ name: "k8s-runner", requestConcurrency: 2 }] });
});

test("pods/log shows how dockerd got ready", async () => {
  const logs = simulator.apis.get("ci")!.logs;
  const ready = [...logs.keys()].find((key) => key.endsWith("/docker") && logs.read(key).join().includes("API listen on"));
  expect(ready).toBeDefined();
  const [namespace, pod, container] = ready!.split("/");
  const answer = await get(`${simulator.apis.get("ci")!.url}/api/v1/namespaces/${namespace}/pods/${pod}/log?container=${container}`);
  expect(answer.body).toContain('msg="Starting up"');
});

test("GitLab REST: token, pages, jobs with failure reasons, managers by system id, traces", async () => {
  expect((await gitlab("/api/v4/version", { token: "wrong" })).status).toBe(401);
  const runners = (await (await gitlab("/api/v4/runners/all")).json()) as { id: number }[];
  const managers = (await (await gitlab(`/api/v4/runners/${runners[0]!.id}/managers`)).json()) as { system_id: string }[];
  expect(managers[0]!.system_id).toBe(simulator.fleet.managers[0]!.systemId);
  const page = await gitlab(`/api/v4/runners/${runners[0]!.id}/jobs?per_page=5`);
  expect(page.headers.get("x-next-page")).toBe("2");
  expect(page.headers.get("link")).toContain('rel="next"');
  const jobs = (await page.json()) as { id: number; status: string; failure_reason?: string; project: { id: number } }[];
  expect(jobs).toHaveLength(5);
  for (const job of jobs) expect(job.failure_reason !== undefined).toBe(job.status === "failed");
  const done = [...simulator.fleet.gitlab.jobs.values()].find((job) => job.status === "success")!;
  const trace = await (await gitlab(`/api/v4/projects/${encodeURIComponent(done.spec.project.path)}/jobs/${done.id}/trace`)).text();
  expect(trace).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z 00O .*Running with gitlab-runner/);
  const plain = trace.replaceAll("\u001b", "<esc>").replaceAll("\r", "<cr>");
  expect(plain).toMatch(/section_start:\d+:step_script<cr><esc>\[0K/);
  expect(plain).toMatch(/section_end:\d+:step_script<cr><esc>\[0K[^]*Job succeeded/);
});

test("GitLab GraphQL answers what the product asks: runners with managers, waiting jobs, single jobs; errors as errors", async () => {
  const ask = async (body: GraphqlRequest) =>
    (await gitlab("/api/graphql", { method: "POST", body: JSON.stringify(body) })).json() as Promise<{
      data?: Record<string, unknown>;
      errors?: { message: string }[];
    }>;
  const about = { projectId: null, projectPath: null, baseUrl: simulator.gitlab.url, readAtMs: Date.now() };
  const runners = readGraphqlPage(await ask(runnersQuery(10, null, new Set())), "runners")!.nodes.map((raw) => readGraphqlRunner(raw, 0)!);
  expect(runners.map(({ id, managers }) => [id, managers!.length])).toEqual([
    ["8", 3],
    ["11", 2],
  ]);
  expect(runners[0]!.managers![0]!.systemId).toBe(simulator.fleet.managers[0]!.systemId);
  const pending = readGraphqlPage(await ask(pendingQuery(100, null, new Set())), "jobs")!;
  expect(pending.nodes.length).toBe(Math.min(100, simulator.fleet.gitlab.pending.length));
  const job = [...simulator.fleet.gitlab.jobs.values()].find(({ failureReason }) => failureReason === "script_failure")!;
  const { path } = job.spec.project;
  const { data } = await ask(jobsQuery([{ path, jobIds: [String(job.id)] }], new Set()));
  expect(readGraphqlJob((data!.p0 as Record<string, unknown>)[`j${job.id}`], about)).toMatchObject({
    name: job.spec.name,
    stage: job.spec.stage,
    status: "failed",
    exitCode: job.exitCode,
    failureMessage: expect.stringContaining("script failure") as string,
    managerSystemId: job.systemId,
    pipeline: { id: String(job.pipelineId), status: expect.stringMatching(/running|pending|failed/) as string },
  });
  expect((await ask({ query: "query{nothing}", variables: {} })).errors![0]!.message).toBe("Field 'nothing' doesn't exist on type 'Query'");
  expect((await ask({ query: "{ a(", variables: {} })).errors).toHaveLength(1);
});

test("faults: one endpoint only, all of a server, and well again", async () => {
  const url = kubeletUrl("ci-node-2");
  await press("kubelet:ci-node-2", "500", "/metrics/cadvisor");
  expect((await get(`${url}/metrics/cadvisor`)).status).toBe(500);
  expect((await get(`${url}/metrics/resource`)).status).toBe(200);
  await press("kubelet:ci-node-2", "cut");
  await expect(get(`${url}/metrics/resource`)).rejects.toThrow(/socket hang up|ECONNRESET|aborted/);
  await press("kubelet:ci-node-2", "well");
  expect((await get(`${url}/metrics/cadvisor`)).status).toBe(200);
  expect((await press("kubelet:ci-node-2", "no-such-verb")).status).toBe(400);
  await press("api:ci", "429");
  expect((await get(`${simulator.apis.get("ci")!.url}/api/v1/pods`)).status).toBe(429);
  expect((await get(`${simulator.apis.get("ci-v2")!.url}/api/v1/pods`, {})).status).not.toBe(429);
  await press("api:ci", "well");
  expect((await get(`${simulator.apis.get("ci")!.url}/api/v1/pods`)).status).toBe(200);
});

test("a killed manager's port is closed until its process is back; so is a refused one", async () => {
  const [{ server, address }] = simulator.managers.servers as [(typeof simulator.managers.servers)[0]];
  const url = `http://${address.ip}:${address.port}/metrics`;
  const code = () =>
    fetch(url).then(
      ({ status }) => String(status),
      (error: Error) => (error.cause as { code: string }).code,
    );
  expect(await code()).toBe("200");
  await press("process:0", "kill");
  await expect.poll(code).toBe("ECONNREFUSED");
  expect(simulator.fleet.managers[0]!.alive).toBe(false);
  simulator.fleet.managers[0]!.alive = true;
  await expect.poll(code).toBe("200");
  await server.misbehave("refuse");
  await expect.poll(code).toBe("ECONNREFUSED");
  await server.misbehave(null);
  await expect.poll(code).toBe("200");
});

test("every button of the control page is known to it", async () => {
  const page = await (await fetch(control.url)).text();
  const forms = [...page.matchAll(/name="target" value="([^"]+)">/g)].map(([, target]) => target!);
  expect(forms.length).toBeGreaterThan(10);
  for (const target of forms.filter((one) => !/^(node|process):/.test(one)))
    expect([target, (await press(target, "well")).status]).toEqual([target, 303]);
});

test("the control page names what is there, and only posts change it", async () => {
  const page = await (await fetch(control.url)).text();
  expect(page).toContain("ci-node-1");
  expect(page).toContain("seed <b>12</b>");
  await fetch(`${control.url}/?target=node:ci-node-1&verb=lose`);
  expect(simulator.fleet.node("ci-node-1")!.node.alive).toBe(true);
  const foreign = await fetch(control.url, {
    method: "POST",
    body: new URLSearchParams({ target: "node:ci-node-1", verb: "lose" }),
    headers: { origin: "https://evil.example" },
    redirect: "manual",
  });
  expect(foreign.status).toBe(403);
  expect(simulator.fleet.node("ci-node-1")!.node.alive).toBe(true);
});

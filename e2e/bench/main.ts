// npm run bench: the product against a raw watch on the same real API server, in one run. Prints figures and ratios.
import { cpus, totalmem } from "node:os";
import { chromium, type Browser, type Page } from "@playwright/test";
import { startBed } from "../cluster/bed/bed.ts";
import { startProduct } from "../product.ts";
import { installProbe } from "./dom-probe.ts";
import { KubeApi, readAdmin } from "../kube-api.ts";
import { measureLatency, type Latency } from "./latency.ts";
import type { Spread } from "./percentiles.ts";
import { createSubject, deleteSubject, makeNamespace, renameSubject, startChurn } from "./subject-pods.ts";
import { measureFirstLoad, openWatches, residentMiB, streamBytes } from "./weights.ts";

const CHANGES = Number(process.env["BENCH_CHANGES"] ?? 200);
const CHURN_PODS = 20;
/** Headlamp on such a bed, milliseconds (measured elsewhere, not in this run). */
const HEADLAMP = { quiet: { p50: 39, p95: 52 }, churn: { p50: 430, p95: 900 } };

const line = (text = "") => console.log(text);
const ms = (value: number) => `${value.toFixed(1)} ms`.padStart(10);
const row = (name: string, figures: Spread) =>
  line(`  ${name.padEnd(22)}${ms(figures.p50)}${ms(figures.p95)}${ms(figures.p99)}${ms(figures.max)}`);

function printLatency(title: string, figures: Latency, headlamp: { p50: number; p95: number }): void {
  line(`\n${title} (${figures.dom.count} changes)`);
  line(`  ${"".padEnd(22)}${["p50", "p95", "p99", "max"].map((name) => name.padStart(10)).join("")}`);
  row("raw watch", figures.raw);
  row("page (DOM)", figures.dom);
  row("page minus raw", figures.added);
  const bounds = [figures.dom.p50 <= figures.raw.p50 + 100, figures.dom.p99 <= figures.raw.p99 + 250];
  line(`  p50 ≤ raw + 100 ms: ${bounds[0] ? "yes" : "NO"} · p99 ≤ raw + 250 ms: ${bounds[1] ? "yes" : "NO"}`);
  line(
    `  against Headlamp's recorded figures: p50 ${(figures.dom.p50 / headlamp.p50).toFixed(2)}×, p95 ${(figures.dom.p95 / headlamp.p95).toFixed(2)}×`,
  );
}

async function openJobs(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1400 } });
  await page.goto(`${url}/jobs`);
  await page.getByText("subject-start").first().waitFor();
  return page;
}

async function latencies(api: KubeApi, browser: Browser, url: string): Promise<void> {
  const page = await openJobs(browser, url);
  await installProbe(page);
  printLatency("Event → DOM, quiet", await measureLatency(api, page, "subject", CHANGES, "quiet"), HEADLAMP.quiet);
  const names = Array.from({ length: CHURN_PODS }, (_, i) => `churn-${i}`);
  await Promise.all(names.map((name) => createSubject(api, name, name)));
  const stop = startChurn(api, names);
  printLatency(
    `Event → DOM while ${CHURN_PODS} other pods change each second`,
    await measureLatency(api, page, "subject", CHANGES, "churned"),
    HEADLAMP.churn,
  );
  stop();
  await Promise.all(names.map((name) => deleteSubject(api, name)));
  const bytes = await streamBytes(page, async () => {
    for (let i = 0; i < 20; i += 1) {
      await renameSubject(api, "subject", `bytes-${i}`);
      await page.waitForTimeout(250);
    }
  });
  line(`\nBytes on the stream per change (one job, 250 ms apart): ${(bytes / 20).toFixed(0)}`);
  await page.close();
}

async function viewers(api: KubeApi, browser: Browser, url: string, pid: number): Promise<void> {
  const table: string[] = [];
  for (const count of [0, 1, 20]) {
    const contexts = await Promise.all(Array.from({ length: count }, () => browser.newContext()));
    const aborts = await Promise.all(
      contexts.map(async (context, index) => {
        if (index === 0) await (await context.newPage()).goto(`${url}/jobs`);
        const abort = new AbortController();
        if (index > 0) void drain(`${url}/api/v1/stream?topic=fleet`, abort.signal);
        return abort;
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const watches = await openWatches(api);
    table.push(
      `  ${String(count).padStart(3)} viewers: pods ${watches["pods"] ?? 0}, events ${watches["events"] ?? 0}, nodes ${watches["nodes"] ?? 0}, deployments ${watches["deployments"] ?? 0}, replicasets ${watches["replicasets"] ?? 0} · server ${residentMiB(pid).toFixed(0)} MiB`,
    );
    aborts.forEach((abort) => abort.abort());
    await Promise.all(contexts.map((context) => context.close()));
  }
  line("\nWatches on the API server (all clients of the cluster) and server memory");
  table.forEach((text) => line(text));
}

async function drain(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal }).catch(() => null);
  if (!response?.body) return;
  try {
    for await (const chunk of response.body) void chunk;
  } catch {
    // The viewer left.
  }
}

async function main(): Promise<void> {
  line(`${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`);
  const bed = await startBed({ log: () => {} });
  const api = new KubeApi(readAdmin(bed.kubeconfig));
  const product = await startProduct({ KUBECONFIG: bed.kubeconfig });
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
  });
  try {
    await makeNamespace(api);
    await createSubject(api, "subject", "subject-start");
    const load = await measureFirstLoad(browser, `${product.url}/jobs`, "text=subject-start");
    line(
      `\nFirst load of /jobs, cold cache: script ${(load.scriptBytes / 1024).toFixed(0)} KiB, style ${(load.styleBytes / 1024).toFixed(0)} KiB, fonts ${(load.fontBytes / 1024).toFixed(0)} KiB, HTML ${(load.htmlBytes / 1024).toFixed(0)} KiB in ${load.requests} requests; first row after ${load.firstRowMs} ms`,
    );
    line(
      `  script ≤ 300 KiB: ${load.scriptBytes <= 300 * 1024 ? "yes" : "NO"} · Headlamp, recorded: 1 550 KB in 10 files, 31 requests, 2 070 ms`,
    );
    await latencies(api, browser, product.url);
    await viewers(api, browser, product.url, product.pid);
  } finally {
    await browser.close();
    await product.stop();
    api.close();
    await bed.stop();
  }
}

await main();

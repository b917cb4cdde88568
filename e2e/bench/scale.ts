// npm run bench:scale [-- PODS …]: the product on a simulated fleet of each size, with 1 and with 50 viewers. Figures only; the fleet and the browser share the machine.
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { chromium, type Browser, type Page } from "@playwright/test";
import { startProduct, type Product } from "../product.ts";
import { startSimulator } from "../simulator.ts";
import { measureArrivals } from "./arrivals.ts";
import { measureFrames } from "./frames.ts";
import { measureFirstLoad, residentMiB } from "./weights.ts";

const SIZES = process.argv.slice(2).map(Number).filter(Number.isFinite);
/** How long the server is watched for each number of viewers, s. */
const WATCH_SECONDS = Number(process.env["BENCH_SECONDS"] ?? 60);
/** How long one page stays open while jobs come and go, for its memory, s. 1800 is the half hour of real time; the default is short. */
const CHURN_SECONDS = Number(process.env["BENCH_CHURN_SECONDS"] ?? 60);
const VIEWERS = [1, 50];

const line = (text = "") => console.log(text);
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One value of the product's own metrics; sums over labels. */
async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = text.split("\n").filter((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
  return values.length === 0 ? Number.NaN : values.reduce((sum, one) => sum + Number(one.slice(one.lastIndexOf(" ") + 1)), 0);
}

/** Processor time of a process so far, s (100 ticks a second on Linux). */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function untilThere(url: string, pods: number): Promise<void> {
  for (let waited = 0; waited < 180; waited += 1) {
    if ((await readMetric(url, "runnerscope_live_jobs")) >= pods * 0.97) return;
    await wait(1_000);
  }
  throw new Error(`Not ${pods} live jobs within 180 s.`);
}

/** A viewer without a browser; counts the bytes it gets, as sent (compressed where the server compresses). */
function drain(url: string, signal: AbortSignal): { bytes: () => number; first: () => number } {
  let [bytes, first] = [0, 0];
  void (async () => {
    const response = await fetch(`${url}/api/v1/stream?topic=fleet`, { signal, headers: { "accept-encoding": "identity" } });
    const begun = Date.now();
    for await (const chunk of response.body ?? []) {
      bytes += (chunk as Uint8Array).length;
      if (Date.now() - begun < 3_000) first = bytes;
    }
  })().catch(() => {});
  return { bytes: () => bytes, first: () => first };
}

/** What the server needs with some viewers. */
interface Figures {
  pods: number;
  viewers: number;
  rssMiB: number;
  /** Of one core, 0 to 1. */
  processor: number;
  firstKiB: number;
  perMinuteKiB: number;
  requests: number;
}

async function watchServer(product: Product, pods: number, viewers: number): Promise<Figures> {
  const { url, pid } = product;
  const abort = new AbortController();
  const drains = Array.from({ length: viewers }, () => drain(url, abort.signal));
  await wait(8_000);
  const before = { cpu: processorSeconds(pid), bytes: drains[0]?.bytes() ?? 0, at: Date.now() };
  await readMetric(url, "runnerscope_event_loop_delay_p99_seconds");
  await wait(WATCH_SECONDS * 1_000);
  const seconds = (Date.now() - before.at) / 1_000;
  const p99 = (await readMetric(url, "runnerscope_event_loop_delay_p99_seconds")) * 1_000;
  const share = (processorSeconds(pid) - before.cpu) / seconds;
  const perMinute = (((drains[0]?.bytes() ?? 0) - before.bytes) / seconds) * 60;
  const requests = await readMetric(url, "runnerscope_source_requests_per_minute");
  const rssMiB = residentMiB(pid);
  const firstKiB = (drains[0]?.first() ?? 0) / 1024;
  abort.abort();
  line(
    `  ${String(viewers).padStart(3)} viewers: RSS ${rssMiB.toFixed(0)} MiB, event loop p99 ${p99.toFixed(1)} ms, processor ${(share * 100).toFixed(0)} % of a core, ` +
      `stream ${firstKiB.toFixed(0)} KiB first and ${(perMinute / 1024).toFixed(0)} KiB a minute for each, ${requests.toFixed(0)} requests a minute to the sources`,
  );
  return { pods, viewers, rssMiB, processor: share, firstKiB, perMinuteKiB: perMinute / 1024, requests };
}

/** How each figure grows with pods: from the smallest size to each larger one. */
function printGrowth(all: readonly Figures[]): void {
  for (const viewers of VIEWERS) {
    const [small, ...larger] = all.filter((one) => one.viewers === viewers);
    for (const large of small === undefined ? [] : larger) {
      const per = (read: (figures: Figures) => number) => (read(large) - read(small as Figures)) / (large.pods - (small as Figures).pods);
      line(
        `  ${viewers} viewers, ${small?.pods} to ${large.pods} pods, for each pod: ${(per((one) => one.rssMiB) * 1024).toFixed(1)} KiB of memory, ` +
          `${(per((one) => one.processor) * 1e6).toFixed(0)} millionths of a core, ${per((one) => one.firstKiB).toFixed(1)} KiB first and ` +
          `${per((one) => one.perMinuteKiB).toFixed(1)} KiB a minute on a stream, ${per((one) => one.requests).toFixed(3)} requests a minute`,
      );
    }
  }
}

async function measurePage(browser: Browser, url: string, kubeconfig: string): Promise<void> {
  const load = await measureFirstLoad(browser, `${url}/jobs`, "tbody tr[aria-rowindex]");
  line(
    `  first row after ${load.firstRowMs} ms; HTML ${(load.htmlBytes / 1024).toFixed(0)} KiB, script ${(load.scriptBytes / 1024).toFixed(0)} KiB in ${load.requests} requests`,
  );
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  await page.goto(`${url}/jobs`);
  await page.locator("tbody tr[aria-rowindex]").first().waitFor();
  await wait(4_000);
  printFrames("still", await measureFrames(page, () => wait(3_000)));
  printFrames("scrolling", await measureFrames(page, () => scroll(page)));
  printFrames("filtering", await measureFrames(page, () => filter(page)));
  await page.goto(`${url}/jobs?g=none&s=-created`);
  await page.locator("tbody tr[aria-rowindex]").first().waitFor();
  await wait(4_000);
  const before = await heapMiB(page);
  const arrivals = await measureArrivals(page, kubeconfig, CHURN_SECONDS);
  line(
    `  event → DOM (raw watch of the same API server → new row): p50 ${arrivals.p50.toFixed(0)} ms, p99 ${arrivals.p99.toFixed(0)} ms of ${arrivals.count} pods; ${arrivals.missed} never stood on the screen`,
  );
  line(`  heap of the tab ${before.toFixed(0)} MiB, after ${CHURN_SECONDS} s of churn (real time) ${(await heapMiB(page)).toFixed(0)} MiB`);
  await page.close();
}

/** What lives in the tab after a collection. */
async function heapMiB(page: Page): Promise<number> {
  const client = await page.context().newCDPSession(page);
  await client.send("HeapProfiler.collectGarbage");
  const { usedSize } = await client.send("Runtime.getHeapUsage");
  await client.detach();
  return usedSize / 2 ** 20;
}

function printFrames(what: string, frames: Awaited<ReturnType<typeof measureFrames>>): void {
  line(
    `  ${what}: ${frames.count} frames, p50 ${frames.p50.toFixed(0)} ms, p95 ${frames.p95.toFixed(0)} ms, max ${frames.max.toFixed(0)} ms, ${frames.late} above 50 ms`,
  );
}

async function scroll(page: Page): Promise<void> {
  await page.locator("#jobs-table").hover();
  for (let step = 0; step < 60; step += 1) {
    await page.mouse.wheel(0, 900);
    await wait(40);
  }
}

async function filter(page: Page): Promise<void> {
  const box = page.locator("#filter, input[list]").first();
  await box.click();
  for (const text of ["long", "payments", "node:scale-001"]) {
    await box.pressSequentially(text, { delay: 80 });
    await wait(500);
    await box.fill("");
    await wait(500);
  }
}

async function measure(browser: Browser, pods: number): Promise<Figures[]> {
  line(`\n${pods} job pods`);
  const simulator = await startSimulator(["--scenario", "scale", "--pods", String(pods), "--seed", "4"]);
  const product = await startProduct({ ...simulator.env, RUNNERSCOPE_LOG_LEVEL: "error" });
  try {
    await untilThere(product.url, pods);
    await wait(20_000);
    line(`  no viewers: RSS ${residentMiB(product.pid).toFixed(0)} MiB`);
    const figures: Figures[] = [];
    for (const viewers of VIEWERS) figures.push(await watchServer(product, pods, viewers));
    await measurePage(browser, product.url, simulator.env["KUBECONFIG"] ?? "");
    return figures;
  } finally {
    await product.stop();
    await simulator.stop();
  }
}

async function main(): Promise<void> {
  line(`${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`);
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--enable-precise-memory-info"],
  });
  try {
    const all: Figures[] = [];
    for (const pods of SIZES.length === 0 ? [30, 1_000, 10_000] : SIZES) all.push(...(await measure(browser, pods)));
    if (SIZES.length !== 1) line("\nGrowth");
    printGrowth(all);
  } finally {
    await browser.close();
  }
}

await main();

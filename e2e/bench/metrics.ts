// npm run bench:metrics: how fast cAdvisor pages are read beside what a user would use instead, and what a scrape round of 100 nodes costs the event loop.
import { createServer, type Server } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../lib/base/clock.ts";
import { CadvisorParser } from "../../lib/metrics/parse-cadvisor.ts";
import { PodUsages } from "../../lib/metrics/pod-usages.ts";
import { KubeletScraper } from "../../lib/metrics/server/kubelet-scraper.ts";
import { parseExposition } from "../../lib/manager/parse-exposition.ts";

const line = (text = "") => console.log(text);
const hex = (n: number) => n.toString(16).padStart(64, "0");
const FAMILIES = [
  "container_cpu_usage_seconds_total",
  "container_cpu_cfs_periods_total",
  "container_cpu_cfs_throttled_periods_total",
  "container_cpu_cfs_throttled_seconds_total",
  "container_memory_working_set_bytes",
  "container_memory_rss",
  "container_memory_max_usage_bytes",
  "container_memory_failcnt",
  "container_oom_events_total",
  ...Array.from({ length: 42 }, (_, n) => `container_family_number_${n}_that_nobody_asks_for_total`),
];

/** A page of about `bytes`, of the families that cAdvisor has: one row a container and family, about 290 bytes each. */
function pageOf(bytes: number, at: number): Buffer {
  const containers = Math.ceil(bytes / (FAMILIES.length * 290));
  const rows = FAMILIES.flatMap((family) => [
    `# HELP ${family} Words about it.`,
    `# TYPE ${family} counter`,
    ...Array.from({ length: containers }, (_, n) => {
      const id = hex(n);
      return `${family}{container="build",id="/kubepods/burstable/pod008ab238-12b2-4059-b0ca-${String(n).padStart(12, "0")}/${id}",image="registry.example.com/ci/node:24",name="${id}",namespace="gitlab-runner",pod="runner-abcdefghi-project-${n}-concurrent-0-abcdefgh"} ${n * 1.5} ${at}`;
    }),
  ]);
  return Buffer.from(`${rows.join("\n")}\n`);
}

function rate(bytes: number, work: () => void): number {
  for (let i = 0; i < 3; i++) work();
  const rounds = 10;
  const from = performance.now();
  for (let i = 0; i < rounds; i++) work();
  return (bytes * rounds) / 1e6 / ((performance.now() - from) / 1_000);
}

function simplest(text: string): number {
  let rows = 0;
  for (const one of text.split("\n")) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: (\S+))?$/.exec(one);
    if (match === null || one.startsWith("#")) continue;
    const labels: Record<string, string> = {};
    for (const [, key, value] of (match[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key ?? ""] = value ?? "";
    rows += Number(match[3]) >= 0 ? 1 : 0;
  }
  return rows;
}

function parsing(): void {
  const page = pageOf(4_000_000, Date.now());
  const text = page.toString();
  const ours = rate(page.length, () => {
    const parser = new CadvisorParser();
    for (let at = 0; at < page.length; at += 65_536) parser.push(page.subarray(at, at + 65_536));
    parser.end(0);
  });
  const general = rate(page.length, () => void parseExposition(text));
  const simple = rate(page.length, () => void simplest(text));
  line(`Parsing a page of ${(page.length / 1e6).toFixed(1)} MB`);
  line(`  the stream parser of lib/metrics      ${ours.toFixed(0).padStart(6)} MB/s   ≥ 300 MB/s: ${ours >= 300 ? "yes" : "NO"}`);
  line(`  a general exposition parser (ours)    ${general.toFixed(0).padStart(6)} MB/s   ratio ${(ours / general).toFixed(1)}×`);
  line(`  split and regular expressions         ${simple.toFixed(0).padStart(6)} MB/s   ratio ${(ours / simple).toFixed(1)}×`);
}

/** 100 kubelets with a page of 2 MB each, gzipped as a kubelet does; the servers share this process, so their part of the work is in the figures too. */
async function scrapeRound(): Promise<void> {
  const servers: Server[] = [];
  const body = gzipSync(pageOf(2_000_000, Date.now()));
  const origins: string[] = [];
  for (let n = 0; n < 100; n++) {
    const server = createServer((_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(body));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    origins.push(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  }
  let pages = 0;
  let finish = () => {};
  const done = new Promise<void>((resolve) => (finish = resolve));
  const scraper = new KubeletScraper({
    cluster: "bench",
    usages: new PodUsages(),
    clock: systemClock,
    random: Math.random,
    trust: { kind: "cluster-ca" },
    log: { warn: () => {} },
    access: { connection: () => Promise.resolve({ version: "1" }), authorize: () => Promise.resolve({}) },
    onPage: () => (pages += 1) === 100 && finish(),
  });
  const wanted = new Map(
    Array.from({ length: 120 }, (_, n) => [hex(n), { podUid: `u${n}`, namespace: "ci", pod: `p${n}`, name: "build" }]),
  );
  const delay = monitorEventLoopDelay({ resolution: 5 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  delay.enable();
  const cpu = process.cpuUsage();
  const from = performance.now();
  scraper.setTargets(origins.map((origin, n) => ({ node: `n${n}`, origin, wanted })));
  await done;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  line(`\nA round of 100 nodes × 2 MB, gzipped, 10 at once, first pages spread over a second`);
  line(
    `  ${((performance.now() - from) / 1_000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(2)} s of processor; event loop delay p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms, longest ${(delay.max / 1e6).toFixed(0)} ms   < 50 ms: ${delay.max / 1e6 < 50 ? "yes" : "NO"}`,
  );
  await scraper.stop();
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
}

parsing();
await scrapeRound();

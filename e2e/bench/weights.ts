import { readFileSync } from "node:fs";
import type { Browser, Page } from "@playwright/test";
import type { KubeApi } from "../kube-api.ts";

/** Resident memory of a process in MiB, from /proc. NaN where it cannot be read. */
export function residentMiB(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return line ? Number(line[1]) / 1024 : Number.NaN;
}

export interface FirstLoad {
  requests: number;
  scriptBytes: number;
  styleBytes: number;
  fontBytes: number;
  htmlBytes: number;
  firstRowMs: number;
}

/** Bytes on the wire (compressed) of a first visit with a cold cache, until the first row is there. */
export async function measureFirstLoad(browser: Browser, url: string, rowSelector: string): Promise<FirstLoad> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 } });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  const kinds = new Map<string, string>();
  const bytes: Record<string, number> = {};
  let requests = 0;
  client.on("Network.responseReceived", (event) => void kinds.set(event.requestId, event.type));
  client.on("Network.loadingFinished", (event) => {
    requests += 1;
    const kind = kinds.get(event.requestId) ?? "Other";
    bytes[kind] = (bytes[kind] ?? 0) + event.encodedDataLength;
  });
  const start = Date.now();
  await page.goto(url);
  await page.locator(rowSelector).first().waitFor();
  const firstRowMs = Date.now() - start;
  await page.waitForTimeout(2_000);
  await context.close();
  return {
    requests,
    scriptBytes: bytes["Script"] ?? 0,
    styleBytes: bytes["Stylesheet"] ?? 0,
    fontBytes: bytes["Font"] ?? 0,
    htmlBytes: bytes["Document"] ?? 0,
    firstRowMs,
  };
}

/** Bytes that arrived on the page's event stream while `work` ran. */
export async function streamBytes(page: Page, work: () => Promise<void>): Promise<number> {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  let bytes = 0;
  client.on("Network.dataReceived", (event) => {
    bytes += event.encodedDataLength || event.dataLength;
  });
  await work();
  await client.detach();
  return bytes;
}

/** Open watches on the API server by resource, as its own metrics count them. */
export async function openWatches(api: KubeApi): Promise<Record<string, number>> {
  const text = await api.call("GET", "/metrics");
  const watches: Record<string, number> = {};
  for (const line of text.split("\n")) {
    if (!line.startsWith("apiserver_longrunning_requests{") || !/verb="WATCH"/.test(line)) continue;
    const resource = /resource="([^"]*)"/.exec(line)?.[1] ?? "?";
    watches[resource] = (watches[resource] ?? 0) + Number(line.slice(line.lastIndexOf(" ") + 1));
  }
  return watches;
}

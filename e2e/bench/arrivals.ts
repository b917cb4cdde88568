import { readFileSync } from "node:fs";
import https from "node:https";
import type { Page } from "@playwright/test";
import { spread, type Spread } from "./percentiles.ts";

interface Access {
  server: string;
  ca: Buffer;
  token: string;
}

/** The simulator's kubeconfig is JSON with a token. */
function readAccess(file: string): Access {
  const config = JSON.parse(readFileSync(file, "utf8")) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const cluster = config.clusters[0]?.cluster ?? {};
  return {
    server: cluster["server"] ?? "",
    ca: Buffer.from(cluster["certificate-authority-data"] ?? "", "base64"),
    token: config.users[0]?.user["token"] ?? "",
  };
}

/** When a raw watch on the same API server hears of a new pod, by its uid (ms since the epoch). */
function watchRaw({ server, ca, token }: Access, version: string): { times: Map<string, number>; stop: () => void } {
  const times = new Map<string, number>();
  const path = `/api/v1/pods?watch=true&resourceVersion=${version}&labelSelector=job.runner.gitlab.com/pod`;
  const request = https.get(`${server}${path}`, { ca, headers: { authorization: `Bearer ${token}` } }, (response) => {
    let rest = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      const at = performance.timeOrigin + performance.now();
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const uid = line.startsWith('{"type":"ADDED"') ? /"uid":"([^"]+)"/.exec(line)?.[1] : undefined;
        if (uid !== undefined) times.set(uid, at);
      }
    });
  });
  request.on("error", () => {});
  return { times, stop: () => request.destroy() };
}

async function versionOf({ server, ca, token }: Access): Promise<string> {
  const body = await new Promise<string>((resolve, reject) => {
    const request = https.get(`${server}/api/v1/pods?limit=1`, { ca, headers: { authorization: `Bearer ${token}` } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    request.on("error", reject);
  });
  return (JSON.parse(body) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/** Notes when a row of a pod stands in the DOM for the first time. */
async function watchRows(page: Page): Promise<void> {
  await page.evaluate(() => {
    const rows: Record<string, number> = {};
    const look = (root: Element) => {
      for (const row of [root, ...root.querySelectorAll("[data-key]")]) {
        const key = row.getAttribute("data-key");
        if (key !== null) rows[key] ??= performance.timeOrigin + performance.now();
      }
    };
    look(document.body);
    new MutationObserver((records) => {
      for (const record of records) {
        if (record.type === "attributes" && record.target instanceof Element) look(record.target);
        for (const node of record.addedNodes) if (node instanceof Element) look(node);
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-key"] });
    Object.assign(globalThis, { benchRows: rows });
  });
}

/**
 * From the line of a raw watch to the row in the DOM, for the pods that are made within `seconds`. The page must show the newest first.
 * `missed`: pods whose row never stood in the page (more than a screenful at once).
 */
export async function measureArrivals(page: Page, kubeconfig: string, seconds: number): Promise<Spread & { missed: number }> {
  await watchRows(page);
  const access = readAccess(kubeconfig);
  const raw = watchRaw(access, await versionOf(access));
  await page.waitForTimeout(seconds * 1_000);
  raw.stop();
  // The last ones need their time too.
  await page.waitForTimeout(3_000);
  const rows = await page.evaluate(() => (globalThis as unknown as { benchRows: Record<string, number> }).benchRows);
  const byUid = new Map(Object.entries(rows).map(([key, at]) => [key.slice(key.lastIndexOf("/") + 1), at]));
  const took = [...raw.times].flatMap(([uid, at]) => {
    const shown = byUid.get(uid);
    return shown === undefined ? [] : [Math.max(0, shown - at)];
  });
  return { ...spread(took), missed: raw.times.size - took.length };
}

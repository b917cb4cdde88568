import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { serveHttp } from "../../testing/serve-http.ts";
import { prometheusMissing, startPrometheus } from "../../testing/start-prometheus.ts";
import { parseCadvisor } from "../parse-cadvisor.ts";
import { PodUsages } from "../pod-usages.ts";
import { selector } from "../prometheus-query.ts";
import { metricsIn, samplesOf } from "../read-prometheus.ts";
import { replaySamples } from "../replay-samples.ts";
import type { PodUsage, Wanted } from "../schema.ts";
import { PrometheusClient } from "./prometheus-client.ts";
import { PrometheusPoller } from "./prometheus-poller.ts";

/** Rows of one job's pod out of two pages of a real kubelet (containerd, cgroup v1), 27 s apart; its build met a quota of half a CPU in between. */
const recorded = (when: "before" | "after") => readFileSync(path.join(import.meta.dirname, `../recorded/throttled-${when}.txt`), "utf8");
const RECORDED_MS = 1_795_494_268_058;
const POD = {
  podUid: "d2542e69-2ebb-481c-837b-3520a61a174c",
  namespace: "gitlab-runner",
  pod: "runner-bedtokenr-project-7-concurrent-3-va2qrqd1",
};

if (prometheusMissing !== null) process.stderr.write(`skipped: the test on a real Prometheus. ${prometheusMissing}\n`);

it.skipIf(prometheusMissing !== null)(
  "a real Prometheus that scrapes a kubelet's page tells what the page itself tells",
  async () => {
    const shiftMs = Date.now() - RECORDED_MS;
    const shifted = (page: string) => page.replaceAll(/ (\d{13})$/gm, (_, ms: string) => ` ${Number(ms) + shiftMs}`);
    let page = shifted(recorded("before"));
    let scrapes = 0;
    const kubelet = await serveHttp((_, response) => {
      scrapes += 1;
      response.setHeader("content-type", "text/plain; version=0.0.4").end(page);
    });
    const prometheus = await startPrometheus(kubelet.origin.slice("http://".length));
    const usages = new PodUsages();
    const client = new PrometheusClient({ url: prometheus.url, tokenFile: null, ca: null, tenant: null }, systemClock);
    const options = { cluster: "test", clock: systemClock, random: () => 0, log: { warn: () => {} }, intervalMs: 300 };
    const poller = new PrometheusPoller({ ...options, api: client, usages });
    try {
      const until = async (what: () => boolean) => {
        for (let tries = 0; tries < 900 && !what(); tries++) await new Promise((resolve) => setTimeout(resolve, 100));
        expect(what()).toBe(true);
      };
      const ids = parseCadvisor(page, 0).containers.map(({ containerId, container }) => [containerId!, container] as const);
      const wanted: Wanted = new Map(ids.map(([id, name]) => [id, { ...POD, name }]));
      await until(() => scrapes >= 2);
      page = shifted(recorded("after"));
      const seen = scrapes;
      await until(() => scrapes >= seen + 2);
      poller.setWanted(wanted);
      const found = () => buildOf(usages.snapshot().get(POD.podUid));
      await until(() => found()?.samples === 2 && found()?.cfs?.quotaMillicores === 500);
      const direct = new PodUsages();
      for (const when of ["before", "after"] as const) direct.add(parseCadvisor(shifted(recorded(when)), Date.now()), wanted);
      const { way, unmeasured, ...rest } = buildOf(usages.snapshot().get(POD.podUid))!;
      const { way: _way, unmeasured: fromPage, ...told } = buildOf(direct.snapshot().get(POD.podUid))!;
      expect(rest).toEqual(told);
      expect([way, unmeasured]).toEqual(["prometheus", fromPage]);
      expect(told.cfs).toMatchObject({ periods: 284, throttledPeriods: 249 });
      expect(poller.tells).toBe(true);
      expect(poller.report()).toMatchObject({
        source: "prometheus",
        state: { state: "live" },
        way: { lacks: expect.not.arrayContaining(["throttling"]) },
      });
      const stepped = await client.queryRange(
        selector([POD], "pod"),
        { fromMs: Date.now() - 60_000, toMs: Date.now(), stepMs: 5_000 },
        { signal: AbortSignal.timeout(30_000) },
      );
      const past = replaySamples(samplesOf(stepped, new Set(metricsIn(stepped))), POD).get("build");
      expect(past?.usage).toMatchObject({ way: "prometheus", cfs: { quotaMillicores: 500, periods: 284, throttledPeriods: 249 } });
      expect(past?.points.length).toBeGreaterThan(1);
      expect(new Set(ids.map(([, name]) => name))).toEqual(new Set(["build", "helper"]));
    } finally {
      await poller.stop();
      await prometheus.stop();
      await kubelet.stop();
    }
  },
  120_000,
);

function buildOf(pod: PodUsage | undefined) {
  return [...(pod?.containers.values() ?? [])].find(({ name }) => name === "build")?.usage;
}

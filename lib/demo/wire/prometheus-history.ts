import type { Fleet } from "../model/fleet.ts";
import { cadvisorPage } from "./cadvisor-page.ts";
import { managerPage } from "./manager-page.ts";
import type { Matcher } from "./promql-parse.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Series {
  labels: Labels;
  /** Times in ms and values, oldest first. */
  times: number[];
  values: number[];
}

const SCRAPE_MS = 15_000;
const RETENTION_MS = 2 * 3_600_000;
/** Larger fleets would need a real Prometheus: only the managers are kept. */
const MAX_PODS = 1500;
/** What the kube-prometheus-stack leaves of a kubelet's page, and what the product asks for. */
const KEPT =
  /^(container_(cpu_usage_seconds_total|cpu_cfs_(periods|throttled_periods)_total|memory_(working_set|max_usage)_bytes|oom_events_total|spec_memory_limit_bytes)|machine_(cpu_cores|memory_bytes)|gitlab_runner_(jobs|jobs_total|concurrent|limit|job_queue_size|failed_jobs_total|request_concurrency.*|api_request_statuses_total|version_info))$/;

/** The model's own past: its metrics pages, scraped every 15 s and kept for two hours. */
export class PrometheusHistory {
  readonly #series = new Map<string, Series>();
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    fleet.timeline.every(SCRAPE_MS * fleet.timeline.speed, () => this.scrape());
  }

  /** Reads all pages once, at the fleet's now. */
  scrape(): void {
    const { now } = this.#fleet.timeline;
    for (const cluster of this.#fleet.clusters) {
      const { kernel, osImage, minor } = cluster.spec;
      if (cluster.pods.size > MAX_PODS) continue;
      for (const node of cluster.nodes)
        if (node.alive)
          this.#add(
            cadvisorPage(node, now, { kernel, osImage, minor, lean: true }),
            { job: "kubelet", node: node.name, cluster: cluster.spec.name },
            now,
          );
    }
    for (const manager of this.#fleet.managers) {
      if (manager.alive)
        this.#add(
          managerPage(manager, now),
          { job: "gitlab-runner", instance: `${manager.pod.ip ?? ""}:${manager.port}`, cluster: manager.cluster.spec.name },
          now,
        );
    }
    for (const [key, series] of this.#series) if ((series.times.at(-1) ?? 0) < now - RETENTION_MS) this.#series.delete(key);
  }

  /** All series that fit the matchers; a pattern must fit the whole value, as in Prometheus. */
  select(matchers: readonly Matcher[]): Series[] {
    const tests = matchers.map(({ name, op, value }) => {
      const pattern = op === "=~" || op === "!~" ? new RegExp(`^(?:${value})$`) : null;
      return (labels: Labels) => {
        const own = labels[name] ?? "";
        const fits = pattern ? pattern.test(own) : own === value;
        return op.startsWith("!") ? !fits : fits;
      };
    });
    return [...this.#series.values()].filter((series) => tests.every((test) => test(series.labels)));
  }

  #add(page: string, target: Labels, now: number): void {
    for (const line of page.split("\n")) {
      const found = /^([A-Za-z_:]\w*)(?:\{(.*)\})? (\S+)(?: (\d+))?$/.exec(line);
      const name = found?.[1] ?? "";
      if (!found || !KEPT.test(name) || (name.startsWith("container_") && line.includes('pod=""'))) continue;
      const key = `${target.node ?? target.instance ?? ""} ${name}{${found[2] ?? ""}}`;
      const series = this.#series.get(key) ?? { labels: labelsOf(name, found[2] ?? "", target), times: [], values: [] };
      this.#series.set(key, series);
      const at = found[4] === undefined ? now : Number(found[4]);
      if (at <= (series.times.at(-1) ?? 0)) continue;
      series.times.push(at);
      series.values.push(Number(found[3]));
      if (series.times.length > 600) {
        series.times.splice(0, 100);
        series.values.splice(0, 100);
      }
    }
  }
}

function labelsOf(name: string, text: string, target: Labels): Labels {
  const own = Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((match) => [match[1] ?? "", (match[2] ?? "").replaceAll(/\\(.)/g, "$1")]),
  );
  return { __name__: name, ...target, ...own };
}

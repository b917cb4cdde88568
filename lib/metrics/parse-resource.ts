import { bareSample } from "./bare-sample.ts";
import { parseLabels } from "./parse-labels.ts";
import type { CadvisorPage, ContainerSample, MachineSample } from "./schema.ts";

/** A row is about 150 bytes; a longer line is none of the kubelet's. */
const MAX_LINE = 8 * 1024;
/** 110 pods of a dozen containers. */
const MAX_ROWS = 20_000;
/** `name{labels} value time`; rows of the node have no labels. */
const ROW = /^([a-z_]+)(?:\{(.*)\})? (\S+)(?: (\d+))?$/;

/**
 * Reads a kubelet's `/metrics/resource` (`pkg/kubelet/metrics/collectors/resource_metrics.go`): CPU and working set of containers and of the node, each row
 * with its own time. Rows carry names and no ids; nothing here tells throttling or kills.
 */
export class ResourceParser {
  readonly #decoder = new TextDecoder();
  readonly #samples = new Map<string, ContainerSample>();
  #machine: MachineSample | null = null;
  #rest = "";
  #overlong = false;
  #incomplete = false;
  #lines = 0;
  #bytes = 0;
  #unreadable = 0;
  #dropped = 0;

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (this.#overlong) this.#unreadable += 1;
      else this.#line(line);
      this.#overlong = false;
    }
    if (this.#rest.length <= MAX_LINE) return;
    this.#rest = "";
    this.#overlong = true;
  }

  /** The page; `scrapedAtMs` stands in where rows carry no time. */
  end(scrapedAtMs: number): CadvisorPage {
    if (!this.#overlong) this.#line(this.#rest);
    this.#rest = "";
    const timed = <T extends { atMs: number }>(sample: T): T => (sample.atMs > 0 ? sample : { ...sample, atMs: scrapedAtMs });
    return {
      containers: [...this.#samples.values()].map(timed),
      nested: [],
      machine: this.#machine === null ? null : timed(this.#machine),
      incomplete: this.#incomplete,
      lines: this.#lines,
      bytes: this.#bytes,
      unreadable: this.#unreadable,
      dropped: this.#dropped,
    };
  }

  #line(line: string): void {
    if (line === "" || line.startsWith("#")) return;
    this.#lines += 1;
    const [, name = "", labels = "", text = "", time = "0"] = line.length > MAX_LINE ? [] : (ROW.exec(line) ?? []);
    const value = Number(text);
    if (name === "" || (Number.isNaN(value) && text !== "NaN")) return void (this.#unreadable += 1);
    const usable = Number.isFinite(value) && value >= 0;
    if (name === "resource_scrape_error" || name === "scrape_error") this.#incomplete ||= value > 0;
    else if (!usable) return;
    else if (name === "container_cpu_usage_seconds_total") this.#container(labels, "cpuUsageSeconds", value, Number(time));
    else if (name === "container_memory_working_set_bytes") this.#container(labels, "workingSetBytes", value, Number(time));
    else if (name === "node_cpu_usage_seconds_total") this.#node("cpuUsageSeconds", value, Number(time));
    else if (name === "node_memory_working_set_bytes") this.#node("workingSetBytes", value, Number(time));
  }

  #container(text: string, field: "cpuUsageSeconds" | "workingSetBytes", value: number, atMs: number): void {
    const labels = parseLabels(text);
    if (labels === null || labels.container === "" || labels.pod === "") return void (this.#unreadable += 1);
    const { namespace, pod, container } = labels;
    const key = `${namespace}/${pod}/${container}`;
    const known = this.#samples.get(key);
    if (known === undefined && this.#samples.size >= MAX_ROWS) return void (this.#dropped += 1);
    const sample = known ?? bareSample({ namespace, pod, container, atMs, way: "resource" });
    this.#samples.set(key, { ...sample, [field]: value, atMs: Math.max(sample.atMs, atMs) });
  }

  #node(field: "cpuUsageSeconds" | "workingSetBytes", value: number, atMs: number): void {
    const known = this.#machine ?? { atMs, cpuUsageSeconds: null, workingSetBytes: null };
    this.#machine = { ...known, [field]: value, atMs: Math.max(known.atMs, atMs) };
  }
}

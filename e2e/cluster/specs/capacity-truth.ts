import type { Bed } from "../bed/bed.ts";

/** One answer of a manager's `/debug/jobs/list`, read between `from` and `to` (ms since the epoch). */
export interface ListSample {
  pod: string;
  from: number;
  to: number;
  /** Stage by GitLab job id. */
  jobs: ReadonlyMap<string, string>;
}

const NAMESPACE = "gitlab-runner";
const EVERY_MS = 300;

/** An independent witness: the managers' own lists of jobs, read straight from their ports over and over. */
export class ManagerTruth {
  readonly #bed: Bed;
  #samples: ListSample[] = [];
  #stopped: Promise<void> | null = null;
  #running = false;

  constructor(bed: Bed) {
    this.#bed = bed;
  }

  /** Looks which managers there are and reads them until `stop`. */
  async start(): Promise<void> {
    const addresses = await managerAddresses(this.#bed);
    this.#samples = [];
    this.#running = true;
    this.#stopped = Promise.all([...addresses].map(([pod, address]) => this.#follow(pod, address))).then(() => {});
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#stopped;
  }

  async #follow(pod: string, address: string): Promise<void> {
    while (this.#running) {
      const from = Date.now();
      const jobs = await readList(address).catch(() => null);
      if (jobs !== null) this.#samples.push({ pod, from, to: Date.now(), jobs });
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  /** The newest list of each manager, by pod. */
  latest(): Map<string, ListSample> {
    return new Map(this.#samples.map((sample) => [sample.pod, sample]));
  }

  /** Jobs on all lists together, as last read. */
  held(): number {
    return [...this.latest().values()].reduce((sum, { jobs }) => sum + jobs.size, 0);
  }

  /** What this manager said at `at`, when the product had read its list and, after that, its metrics. */
  around(pod: string, at: number): ListSample[] {
    return this.#samples.filter((sample) => sample.pod === pod && sample.to >= at - 2_000 && sample.from <= at + 500);
  }
}

/** Address of each manager's pod that runs. */
async function managerAddresses(bed: Bed): Promise<Map<string, string>> {
  const fields = '{range .items[*]}{.metadata.name} {.status.podIP}{"\\n"}{end}';
  const text = await bed.kubectl("--namespace", NAMESPACE, "get", "pods", "--selector", "app=gitlab-runner", "-o", `jsonpath=${fields}`);
  return new Map(
    text
      .split("\n")
      .map((line) => line.split(" "))
      .flatMap(([pod, address]) => (pod && address ? [[pod, address] as const] : [])),
  );
}

/** `url=http://…/-/jobs/1023 state=running stage=step_script executor_stage=prepare duration=43.9s`, line by line (runner `commands/builds_helper.go`). */
async function readList(address: string): Promise<Map<string, string>> {
  const text = await (await fetch(`http://${address}:9252/debug/jobs/list`, { signal: AbortSignal.timeout(4_000) })).text();
  const lines = [...text.matchAll(/^url=\S+\/-\/jobs\/(\d+) state=\S* stage=(\S*) /gm)];
  return new Map(lines.map(([, id = "", stage = ""]) => [id, stage]));
}

import type { Job } from "../../../lib/fleet/schema.ts";

/** Its containers run: the manager tells which phase it is in, as soon as its list was looked at. */
export function isExecuting({ phase }: Job): boolean {
  return phase === "executing" || phase === "sources" || phase === "script" || phase === "artifacts";
}

/** Reads the product as any client would: through /api/v1. */
export class ProductView {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** The jobs whose GitLab id is `id`: live ones and those kept after their pod went. */
  async jobs(id: number | string): Promise<Job[]> {
    const both = await Promise.all(
      (["live", "finished"] as const).map((state) => this.get<{ items: Job[] }>(`/api/v1/jobs?state=${state}&limit=500`)),
    );
    return both.flatMap((page) => page.items).filter((job) => job.gitlab.id.state === "known" && job.gitlab.id.value === String(id));
  }

  /** Waits until a job with this GitLab id satisfies `wanted`; throws with what was seen last. */
  async until(id: number | string, what: string, wanted: (job: Job) => boolean, timeoutMs = 90_000): Promise<Job> {
    const end = Date.now() + timeoutMs;
    let last: Job[] = [];
    while (Date.now() < end) {
      last = await this.jobs(id);
      const found = last.find(wanted);
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    throw new Error(`Job ${id} was not ${what} within ${timeoutMs} ms; last seen: ${JSON.stringify(last.map(brief))}`);
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.#url}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}

function brief(job: Job): unknown {
  return {
    phase: job.phase,
    verdict: job.verdict.kind,
    ending: job.ending,
    containers: job.containers.map((container) => [container.name, container.state]),
  };
}

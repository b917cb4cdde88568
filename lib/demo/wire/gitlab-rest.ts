import type { Fleet } from "../model/fleet.ts";
import type { GitlabJob } from "../model/gitlab.ts";
import { buildTrace } from "./build-trace.ts";
import {
  basicJob,
  jobEntity,
  listRunners,
  managerEntity,
  pipelineEntity,
  projectEntity,
  runnerDetails,
  runnerEntity,
} from "./gitlab-entities.ts";
import type { Answer } from "./simulated-server.ts";

const json = (body: unknown, headers: Record<string, string> = {}, status = 200): Answer => ({
  status,
  type: "application/json",
  headers,
  body: JSON.stringify(body),
});
export const NOT_FOUND: Answer = json({ message: "404 Not Found" }, {}, 404);

type Handler = (fleet: Fleet, match: RegExpExecArray, url: URL) => Answer;

/** Offset pagination; the total is left out where GitLab paginates without a count. */
function paged(items: unknown[], url: URL, counted: boolean): Answer {
  const page = Math.max(1, Number(url.searchParams.get("page") ?? 1) || 1);
  const size = Math.min(100, Math.max(1, Number(url.searchParams.get("per_page") ?? 20) || 20));
  const more = items.length > page * size;
  const next = new URL(url);
  next.searchParams.set("page", String(page + 1));
  const totals = counted ? { "x-total": String(items.length), "x-total-pages": String(Math.max(1, Math.ceil(items.length / size))) } : {};
  const headers = {
    "x-page": String(page),
    "x-per-page": String(size),
    "x-prev-page": page > 1 ? String(page - 1) : "",
    "x-next-page": more ? String(page + 1) : "",
    ...totals,
    ...(more ? { link: `<${next.href}>; rel="next"` } : {}),
  };
  return json(items.slice((page - 1) * size, page * size), headers);
}

const newestFirst = (jobs: GitlabJob[]) => jobs.toSorted((a, b) => b.id - a.id);

function ofProject(fleet: Fleet, id: string): GitlabJob[] {
  const name = decodeURIComponent(id);
  return [...fleet.gitlab.jobs.values()].filter((job) => String(job.spec.project.id) === name || job.spec.project.path === name);
}

function runnerJobs(fleet: Fleet, match: RegExpExecArray, url: URL): Answer {
  const status = url.searchParams.get("status");
  const systemId = url.searchParams.get("system_id");
  const gitlabUrl = fleet.clusters[0]?.spec.gitlabUrl ?? "";
  const jobs = [...fleet.gitlab.jobs.values()].filter(
    (job) =>
      String(job.runnerId) === match[1] && (status === null || job.status === status) && (systemId === null || job.systemId === systemId),
  );
  return paged(
    newestFirst(jobs).map((job) => ({ ...basicJob(job, fleet), project: projectEntity(job, gitlabUrl) })),
    url,
    systemId === null,
  );
}

function projectJobs(fleet: Fleet, match: RegExpExecArray, url: URL): Answer {
  const scope = [...url.searchParams.getAll("scope[]"), ...url.searchParams.getAll("scope")];
  const jobs = ofProject(fleet, match[1] ?? "");
  if (jobs.length === 0) return NOT_FOUND;
  return paged(
    newestFirst(jobs.filter((job) => scope.length === 0 || scope.includes(job.status))).map((job) => jobEntity(job, fleet)),
    url,
    false,
  );
}

function oneJob(fleet: Fleet, match: RegExpExecArray): GitlabJob | null {
  return ofProject(fleet, match[1] ?? "").find((job) => String(job.id) === match[2]) ?? null;
}

const ROUTES: readonly (readonly [pattern: RegExp, handler: Handler])[] = [
  [/^\/version$/, (fleet) => json({ version: fleet.clusters[0]?.spec.gitlabVersion, revision: "a1b2c3d4e5f" })],
  [
    /^\/metadata$/,
    (fleet) =>
      json({ version: fleet.clusters[0]?.spec.gitlabVersion, revision: "a1b2c3d4e5f", enterprise: false, kas: { enabled: false } }),
  ],
  // An administrator's token, as the product recommends one that sees all.
  [/^\/user$/, () => json({ id: 2, username: "runnerscope", is_admin: true })],
  [/^\/personal_access_tokens\/self$/, () => json({ id: 1, scopes: ["read_api"], active: true, expires_at: "2027-06-30" })],
  [/^\/runners(\/all)?$/, (fleet, _match, url) => paged(listRunners(fleet).map(runnerEntity), url, true)],
  [
    /^\/runners\/(\d+)$/,
    (fleet, match) => {
      const found = listRunners(fleet).find(({ runner }) => String(runner.gitlabId) === match[1]);
      return found ? json(runnerDetails(found, fleet.timeline.now)) : NOT_FOUND;
    },
  ],
  [
    /^\/runners\/(\d+)\/managers$/,
    (fleet, match) => {
      const found = listRunners(fleet).find(({ runner }) => String(runner.gitlabId) === match[1]);
      return found ? json(found.managers.map((manager, index) => managerEntity(manager, index + 1, fleet.timeline.now))) : NOT_FOUND;
    },
  ],
  [/^\/runners\/(\d+)\/jobs$/, runnerJobs],
  [
    /^\/projects\/([^/]+)$/,
    (fleet, match) => {
      const [job] = ofProject(fleet, match[1] ?? "");
      return job ? json(projectEntity(job, fleet.clusters[0]?.spec.gitlabUrl ?? "")) : NOT_FOUND;
    },
  ],
  [/^\/projects\/([^/]+)\/jobs$/, projectJobs],
  [
    /^\/projects\/([^/]+)\/jobs\/(\d+)$/,
    (fleet, match) => {
      const job = oneJob(fleet, match);
      return job ? json(jobEntity(job, fleet)) : NOT_FOUND;
    },
  ],
  [
    /^\/projects\/([^/]+)\/jobs\/(\d+)\/trace$/,
    (fleet, match) => {
      const job = oneJob(fleet, match);
      if (!job) return NOT_FOUND;
      const manager = fleet.managers.find((entry) => entry.systemId === job.systemId) ?? null;
      return { type: "text/plain; charset=utf-8", body: buildTrace(job, manager) };
    },
  ],
  [
    /^\/projects\/([^/]+)\/pipelines\/(\d+)$/,
    (fleet, match) => {
      const job = ofProject(fleet, match[1] ?? "").find((entry) => String(entry.pipelineId) === match[2]);
      return job ? json(pipelineEntity(job, fleet)) : NOT_FOUND;
    },
  ],
  [
    /^\/projects\/([^/]+)\/pipelines\/(\d+)\/jobs$/,
    (fleet, match, url) =>
      paged(
        newestFirst(ofProject(fleet, match[1] ?? "").filter((job) => String(job.pipelineId) === match[2])).map((job) =>
          jobEntity(job, fleet),
        ),
        url,
        true,
      ),
  ],
];

/** Answers a GET below `/api/v4`. */
export function answerRest(fleet: Fleet, url: URL): Answer {
  const path = url.pathname.replace(/^\/api\/v4/, "");
  for (const [pattern, handler] of ROUTES) {
    const match = pattern.exec(path);
    if (match) return handler(fleet, match, url);
  }
  return NOT_FOUND;
}

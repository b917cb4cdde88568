/** What a job's address says. `projectPath` without the path prefix of the instance. */
export interface JobAddress {
  origin: string;
  projectPath: string;
  jobId: string;
}

const JOB_PATH = /^\/(.+?)\/-\/(?:jobs|builds)\/(\d{1,19})(?:\/(?:raw|trace|artifacts|viewer|terminal)\b.*)?\/?$/;
const PROJECT_PATH = /^[\w.-]+(?:\/[\w.-]+)+$/;

/**
 * Reads a job's URL as people paste it or as a pod's annotation has it; null when it is none. `baseUrl`: the instance, which may live under a
 * path (`https://host/gitlab`); its host is not compared, because annotations are built from the clone URL, whose host may be another.
 */
export function parseJobUrl(url: string, baseUrl: string | null): JobAddress | null {
  if (url.length > 2_048 || !URL.canParse(url)) return null;
  const { protocol, origin, pathname } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:") return null;
  const prefix = baseUrl === null || !URL.canParse(baseUrl) ? "" : new URL(baseUrl).pathname.replace(/\/+$/, "");
  const path = prefix !== "" && pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : pathname;
  const [, projectPath, jobId] = JOB_PATH.exec(path) ?? [];
  if (projectPath === undefined || jobId === undefined || !PROJECT_PATH.test(projectPath)) return null;
  return { origin, projectPath, jobId };
}

/** Path of the page of the job `<cluster>/<uid>`. The cluster's name may hold a slash itself (an EKS context is an ARN); a uid never does. */
export function jobPathOfKey(key: string): string {
  const cut = key.lastIndexOf("/");
  return `/jobs/${encodeURIComponent(key.slice(0, cut))}/${encodeURIComponent(key.slice(cut + 1))}`;
}

/** Reads one part of a path as the browser sent it; null when its escapes are broken. */
export function readPathPart(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

/** The pipeline's address beside the job's (`…/-/jobs/4711` → `…/-/pipelines/99`); null where the job's address is of another shape. */
export function pipelineUrl(jobUrl: string, pipeline: string): string | null {
  const safe = safeUrl(jobUrl);
  if (safe === null || !/^\d+$/.test(pipeline)) return null;
  const project = /^(.+\/-)\/jobs\/\d+\/?$/.exec(safe)?.[1];
  return project === undefined ? null : `${project}/pipelines/${pipeline}`;
}

/** The address if a browser may be sent there: http and https only. What comes from a pod's annotation can be anything. */
export function safeUrl(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, href } = new URL(address);
  return protocol === "http:" || protocol === "https:" ? href : null;
}

/** So much of a host fits on a button. */
const HOST_LENGTH = 40;

/** Where a link leads, as it is written on it: host and port, in ASCII. Of a long one the end, which says whose it is. */
export function linkHost(href: string): string {
  const { host } = new URL(href);
  return host.length <= HOST_LENGTH ? host : `…${host.slice(1 - HOST_LENGTH)}`;
}

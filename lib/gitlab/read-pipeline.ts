import { z } from "zod";
import { id, text, time, webUrl } from "./foreign-fields.ts";
import type { PipelineRecord } from "./schema.ts";

/** REST's `pipeline` inside a job, and a webhook's `object_attributes` (there the address is `url`). */
const restPipeline = z.object({
  id,
  iid: id,
  status: text(64),
  source: text(64),
  ref: text(),
  sha: text(64),
  web_url: webUrl,
  url: webUrl,
  created_at: time,
});

const graphqlPipeline = z.object({ id, iid: id, path: text(2_048), status: text(64) });

/** null: no pipeline, or none that can be told apart from others. */
export function readRestPipeline(raw: unknown): PipelineRecord | null {
  const read = restPipeline.safeParse(raw).data;
  if (read === undefined || read.id === null) return null;
  const { web_url: webAddress, url, created_at: createdAt, id: pipelineId, ...rest } = read;
  return { ...rest, id: pipelineId, url: webAddress ?? url, createdAt };
}

/** GraphQL's `pipeline { id iid path status }`; the address is made from the instance's own. */
export function readGraphqlPipeline(raw: unknown, baseUrl: string): PipelineRecord | null {
  const read = graphqlPipeline.safeParse(raw).data;
  if (read === undefined || read.id === null) return null;
  const status = read.status?.toLowerCase() ?? null;
  return { id: read.id, iid: read.iid, status, source: null, ref: null, sha: null, url: webAddress(read.path, baseUrl), createdAt: null };
}

/** `path` of GraphQL begins with the instance's path prefix. null: none, or one that would lead to another host. */
export function webAddress(path: string | null, baseUrl: string): string | null {
  if (path === null || !/^\/(?![/\\])/.test(path) || !URL.canParse(path, baseUrl)) return null;
  const address = new URL(path, baseUrl);
  return address.origin === new URL(baseUrl).origin ? address.href : null;
}

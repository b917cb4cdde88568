import "server-only";
import { createHash, timingSafeEqual } from "node:crypto";
import { readHook } from "../read-hook.ts";
import type { JobRecord } from "../schema.ts";

/** GitLab's largest pipeline events (all jobs of a pipeline) are some megabytes. */
const MAX_BYTES = 8 * 1024 * 1024;

export interface HookRequest {
  /** Header `X-Gitlab-Token`; null: not there. */
  token: string | null;
  body: AsyncIterable<Uint8Array>;
}

/** `status` for the answer. 200 with no jobs: an event of another kind, which GitLab must not count as a failure of the hook. */
export type HookResult = { status: 200; jobs: JobRecord[] } | { status: 400 | 401 | 413 };

/** Verifies and reads one webhook. The body is not looked at before the token is right. */
export async function receiveHook({ token, body }: HookRequest, secret: string, nowMs: number): Promise<HookResult> {
  if (!sameSecret(token, secret)) return { status: 401 };
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return { status: 413 };
    chunks.push(chunk);
  }
  try {
    return { status: 200, jobs: readHook(JSON.parse(Buffer.concat(chunks).toString("utf8")), nowMs) ?? [] };
  } catch {
    return { status: 400 };
  }
}

/** In constant time: both are hashed, so that neither content nor length shows in how long it takes. An empty secret is never right. */
function sameSecret(token: string | null, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(token ?? ""), digest(secret)) && secret !== "" && token !== null;
}

import "server-only";
import { z } from "zod";
import { flag, listOf, text } from "../foreign-fields.ts";
import type { Instance } from "../schema.ts";
import type { ReaderContext } from "./job-reader.ts";
import { GitlabError } from "./gitlab-error.ts";

const metadata = z.object({ version: text(64), enterprise: flag });
const user = z.object({ id: z.int(), is_admin: flag });
const token = z.object({ scopes: z.unknown(), expires_at: text(32) });

/**
 * What instance this is and what the token may do: `/metadata` (15.2; `/version` before), `/user` (`is_admin` is only there for
 * administrators), `/personal_access_tokens/self` (15.5). Each may be refused; only errors of the connection are thrown.
 */
export async function probeInstance(context: ReaderContext): Promise<Instance> {
  const about = metadata.safeParse((await ask(context, "metadata")) ?? (await ask(context, "version"))).data;
  const who = user.safeParse(await ask(context, "user")).data;
  const self = token.safeParse(await ask(context, "personal_access_tokens/self")).data;
  const scopes = listOf(self?.scopes, 50)
    .filter((scope) => typeof scope === "string")
    .map((scope) => scope.slice(0, 64));
  return {
    version: about?.version ?? null,
    enterprise: about?.enterprise ?? null,
    // A project or group access token is a user of its own, who is no administrator.
    admin: who === undefined ? null : who.is_admin === true,
    scopes: self === undefined ? null : scopes,
    tokenExpiresAt: self?.expires_at ?? null,
    readAt: new Date(context.now()).toISOString(),
  };
}

/** Whether the token's scope is enough for all that is read here, as far as it is told. */
export function hasScope({ scopes }: Instance, context: ReaderContext): boolean {
  if (scopes !== null) return scopes.includes("read_api") || scopes.includes("api");
  return context.blind.of("instance")?.reason !== "insufficient-scope";
}

/** null: refused or not there. */
async function ask({ client, blind }: ReaderContext, path: string): Promise<unknown> {
  try {
    const { body } = await client.get(path);
    blind.clear("instance", null);
    return body;
  } catch (error) {
    if (error instanceof GitlabError && blind.note("instance", null, error)) return null;
    throw error;
  }
}

import { detachText } from "../base/detach-text.ts";
import { scrubText } from "../base/scrub-text.ts";

/** Longest message of a status, condition or event that is kept, in UTF-16 units. events.k8s.io/v1 allows 1024 bytes for a note. */
const MESSAGE_LENGTH = 1024;
/** Longest value of an annotation that is kept: GitLab's job names and refs end at 255, its URLs are short. */
export const VALUE_LENGTH = 1024;

/** `scrubText` for a field of foreign JSON; null: no text. */
export function readText(raw: unknown, maxLength: number = MESSAGE_LENGTH): string | null {
  return typeof raw === "string" && raw !== "" ? scrubText(raw, maxLength) : null;
}

const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/i;

/**
 * An image reference without scheme, userinfo, query and fragment (distribution/reference knows none of them, but
 * people write them); null: none set.
 */
export function readImage(raw: unknown): string | null {
  if (typeof raw !== "string") return null;
  const bare = raw
    .slice(0, 2048)
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/[?#].*$/s, "");
  const at = bare.lastIndexOf("@");
  const hasDigest = at !== -1 && DIGEST.test(bare.slice(at + 1));
  const name = hasDigest ? bare.slice(0, at) : bare;
  const digest = hasDigest ? bare.slice(at) : "";
  const kept = readText(name.slice(name.lastIndexOf("@") + 1) + digest, 512);
  return kept === null || kept === raw ? kept : detachText(kept);
}

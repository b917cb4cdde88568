import { z } from "zod";
import { timestampSchema } from "../base/known-schema.ts";

/**
 * Our words for a job's log: the trace that GitLab keeps, or what one container wrote. Texts are what the job printed, cleaned of every control
 * character; still untrusted, so text nodes only.
 */

/** `gitlab`: the trace, masked by GitLab. `pod:<container>`: the container's own output, masked by nobody. */
export const logSourceSchema = z.string().regex(/^(gitlab|pod:[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)$/);
export type LogSource = "gitlab" | `pod:${string}`;

/** A piece of a line in one look. `color` 0–15: the terminal's palette; other colours are told as the nearest of it. */
export const logSpanSchema = z.object({
  text: z.string(),
  color: z.number().int().min(0).max(15).optional(),
  /** bold, dim, italic, underlined, on a coloured ground. */
  look: z
    .string()
    .regex(/^[bdiug]*$/)
    .optional(),
});
export type LogSpan = z.infer<typeof logSpanSchema>;

export const logLineSchema = z.object({
  /** 1 is the log's first line. */
  number: z.number().int(),
  /** From the runner's own stamp (17.0 on, by default from 18.7) or the kubelet's; null: none of them. */
  at: timestampSchema.nullable(),
  /** Who wrote it, where the stamp tells. */
  stream: z.enum(["runner", "job", "service"]).nullable(),
  error: z.boolean(),
  spans: z.array(logSpanSchema),
  /** Characters left out at the end of a very long line. */
  cut: z.number().int(),
  /** States of a progress bar that this line overwrote. */
  overwritten: z.number().int(),
});
export type LogLine = z.infer<typeof logLineSchema>;

/** A foldable part. `from`: the line of its header. `to`: its last line, null while it is open. */
export const logSectionSchema = z.object({
  name: z.string(),
  header: z.string(),
  from: z.number().int(),
  to: z.number().int().nullable(),
  startMs: z.number(),
  endMs: z.number().nullable(),
  depth: z.number().int(),
  /** Its author wants it folded at first. */
  collapsed: z.boolean(),
});
export type LogSection = z.infer<typeof logSectionSchema>;

/** `live`: it goes on. `ended`: whole. `cut`: larger than is read. `failed`: what came before stays readable. */
export const logStateSchema = z.object({
  state: z.enum(["connecting", "live", "ended", "cut", "failed"]),
  error: z.string().nullable(),
  /** All lines so far; the last may still grow. */
  lines: z.number().int(),
  /** The first line that is still held: a very large log loses its beginning. */
  first: z.number().int(),
  bytes: z.number().int(),
  sections: z.array(logSectionSchema),
});
export type LogState = z.infer<typeof logStateSchema>;

/** A state over the stream: `sections` replace those from `sectionsFrom` on. */
export const logProgressSchema = logStateSchema.extend({ sectionsFrom: z.number().int() });
export type LogProgress = z.infer<typeof logProgressSchema>;

export const logWindowSchema = z.object({ first: z.number().int(), lines: z.array(logLineSchema), total: z.number().int() });
export type LogWindow = z.infer<typeof logWindowSchema>;

/** `lines`: numbers of the lines that hold the text, the first 2,000 of `total`. */
export const logMatchesSchema = z.object({ query: z.string(), total: z.number().int(), lines: z.array(z.number().int()) });
export type LogMatches = z.infer<typeof logMatchesSchema>;

/** When a stage of the runner began and ended, by the markers in a log; stage names are the runner's (`common/build.go`). */
export const stageMarkSchema = z.object({ stage: z.string(), startMs: z.number(), endMs: z.number().nullable() });
export type StageMark = z.infer<typeof stageMarkSchema>;

/** What dockerd's own output and the script's tell of Docker-in-Docker. Times and closed words; no text. */
export const dockerFactsSchema = z.object({
  startingAt: timestampSchema.nullable(),
  listeningAt: timestampSchema.nullable(),
  /** The first docker command of the script. */
  commandAt: timestampSchema.nullable(),
  problems: z.array(
    z.object({
      code: z.enum([
        "address-in-use",
        "cgroup",
        "storage-driver",
        "no-privileges",
        "certificate",
        "plain-client",
        "tls-client",
        "no-space",
        "not-started",
      ]),
      at: timestampSchema.nullable(),
    }),
  ),
});
export type DockerFacts = z.infer<typeof dockerFactsSchema>;

/** What is kept of a job's logs while its pod is: times. `from`: where the markers stood. null: nothing of it was read. */
export const logFactsSchema = z.object({
  stages: z.array(stageMarkSchema),
  from: z.enum(["trace", "containers"]).nullable(),
  docker: dockerFactsSchema.nullable(),
});
export type LogFacts = z.infer<typeof logFactsSchema>;

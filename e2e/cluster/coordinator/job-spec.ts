import { z } from "zod";

const serviceSchema = z.strictObject({
  name: z.string(),
  alias: z.string().optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  variables: z.record(z.string(), z.string()).optional(),
});

/** A job as `.gitlab-ci.yml` would say it, as far as the bed needs it. Shells run each line of `script`. */
export const jobSpecSchema = z.strictObject({
  name: z.string().default("job"),
  stage: z.string().default("test"),
  script: z.array(z.string()).min(1),
  after_script: z.array(z.string()).optional(),
  /** Default: the image of the runner's configuration. */
  image: z.string().optional(),
  services: z.array(serviceSchema).default([]),
  variables: z.record(z.string(), z.string()).default({}),
  artifacts: z.array(z.string()).default([]),
  cache: z.array(z.string()).default([]),
  /** Ids of earlier jobs whose artifacts are fetched. */
  dependencies: z.array(z.number().int()).default([]),
  /** Seconds. */
  timeout: z.number().int().positive().default(3_600),
  /** false: no repository is cloned. */
  git: z.boolean().default(true),
  /** Full path; the last part is the project's name. */
  project: z
    .string()
    .regex(/^[^/]+(\/[^/]+)+$/)
    .default("group/sample"),
});
export type JobSpec = z.infer<typeof jobSpecSchema>;
/** What is handed in: everything but `script` may be left out. */
export type JobRequest = z.input<typeof jobSpecSchema>;

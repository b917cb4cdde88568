import { z } from "zod";
import { frameSchema } from "@/lib/stream/frame.ts";
import { logProgressSchema } from "@/lib/logs/schema.ts";
import {
  apiJobSchema,
  eventsAnswerSchema,
  fleetAnswerSchema,
  historyAnswerSchema,
  historyQuerySchema,
  jobsAnswerSchema,
  jobsQuerySchema,
  logAnswerSchema,
  logLookSchema,
  logMatchesAnswerSchema,
  logQuerySchema,
  logSearchSchema,
  managersAnswerSchema,
  nodesAnswerSchema,
  problemDetailsSchema,
  seriesAnswerSchema,
  sourcesAnswerSchema,
  streamQuerySchema,
} from "./schema.ts";

interface Path {
  path: string;
  summary: string;
  answer: z.ZodType | null;
  query?: z.ZodObject;
  type?: string;
}

const PATHS: readonly Path[] = [
  { path: "/fleet", summary: "Headline, problems, slots and sources", answer: fleetAnswerSchema },
  { path: "/jobs", summary: "Jobs, newest first, in pages", answer: jobsAnswerSchema, query: jobsQuerySchema },
  { path: "/jobs/{cluster}/{uid}", summary: "One job", answer: apiJobSchema },
  { path: "/jobs/by-gitlab/{id}", summary: "The newest pod of a GitLab job", answer: apiJobSchema },
  { path: "/jobs/{cluster}/{uid}/events", summary: "Events about the job's pod, oldest first", answer: eventsAnswerSchema },
  { path: "/jobs/{cluster}/{uid}/series", summary: "What the containers used over time", answer: seriesAnswerSchema },
  {
    path: "/jobs/{cluster}/{uid}/logs",
    summary: "Lines of the job's trace or of a container's log; off (403) until RUNNERSCOPE_LOGS allows it, and each look is written down",
    answer: logAnswerSchema,
    query: logQuerySchema,
  },
  {
    path: "/jobs/{cluster}/{uid}/logs/search",
    summary: "Numbers of the lines that hold a text",
    answer: logMatchesAnswerSchema,
    query: logSearchSchema,
  },
  {
    path: "/jobs/{cluster}/{uid}/logs/stream",
    summary: "Server-Sent Events: how far the log is, whenever it grows; each `data` is a state whose sections begin at `sectionsFrom`",
    answer: logProgressSchema,
    query: logLookSchema,
    type: "text/event-stream",
  },
  {
    path: "/jobs/{cluster}/{uid}/logs/raw",
    summary: "The whole log as plain text, without escape sequences",
    answer: z.string(),
    query: logLookSchema,
    type: "text/plain",
  },
  { path: "/managers", summary: "Runner managers", answer: managersAnswerSchema },
  { path: "/nodes", summary: "Nodes and the pods packed on them", answer: nodesAnswerSchema },
  { path: "/sources", summary: "State, age and error of every source", answer: sourcesAnswerSchema },
  { path: "/capacity", summary: "Slots, demand and ceilings; not in this version (501)", answer: null },
  {
    path: "/history",
    summary: "Finished jobs of past days, newest first, in pages",
    answer: historyAnswerSchema,
    query: historyQuerySchema,
  },
  {
    path: "/stream",
    summary: "Server-Sent Events; each `data` is one frame",
    answer: frameSchema,
    query: streamQuerySchema,
    type: "text/event-stream",
  },
];

/** OpenAPI 3.1, made from the same schemas that check and type the answers. */
export function describeApi(): unknown {
  const problem = {
    description: "Problem details (RFC 9457)",
    content: { "application/problem+json": { schema: shape(problemDetailsSchema) } },
  };
  const paths = PATHS.map(({ path, summary, answer, query, type = "application/json" }) => {
    const responses = {
      ...(answer === null ? { 501: problem } : { 200: { description: summary, content: { [type]: { schema: shape(answer) } } } }),
      default: problem,
    };
    return [path, { get: { summary, parameters: [...pathParameters(path), ...queryParameters(query)], responses } }] as const;
  });
  return {
    openapi: "3.1.0",
    info: {
      title: "Runnerscope",
      version: "1",
      description:
        "Read-only. Times are RFC 3339 UTC. Sentences are in the language of Accept-Language (en, zh-CN). What is not known says why.",
    },
    servers: [{ url: "/api/v1" }],
    paths: Object.fromEntries(paths),
  };
}

function shape(schema: z.ZodType, io: "input" | "output" = "output"): unknown {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

function pathParameters(path: string): unknown[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));
}

function queryParameters(query: z.ZodObject | undefined): unknown[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    description: schema.description,
    schema: shape(schema as z.ZodType, "input"),
  }));
}

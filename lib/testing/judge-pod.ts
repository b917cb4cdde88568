import { expect } from "vitest";
import type { EventRecord, PodRecord } from "../kubernetes/schema.ts";
import { foldJob, jobOf, type JobInput } from "../fleet/fold-job.ts";
import { NO_LINKS } from "../fleet/link/job-links.ts";
import { SENTENCES, type SentenceKey } from "../fleet/sentence-keys.ts";
import type { Job, Sentence } from "../fleet/schema.ts";
import { at, buildContainer, buildPod, terminated } from "./build-pod-record.ts";

/** What a row of a truth table gives: changes to an ordinary running pod, and what is around it. */
export interface Given {
  pod?: Partial<PodRecord>;
  events?: EventRecord[];
  /** Seconds after T0. */
  now?: number;
  /** When the pod went, seconds after T0; or it was missed. */
  ended?: number | "missed";
  node?: NonNullable<JobInput["node"]>;
  usage?: JobInput["usage"];
  kubelet?: JobInput["kubelet"];
  nodeKills?: EventRecord[];
  links?: Partial<JobInput["links"]>;
}

/** What a row expects; what it leaves out may be anything. */
export interface Expected {
  kind: Job["verdict"]["kind"];
  certainty?: Job["verdict"]["certainty"];
  container?: string | null;
  sentence?: SentenceKey;
  findings?: string[];
}

export type TruthRow = [what: string, given: Given, expected: Expected];

/** The init container of a pod that started well, and both containers as every deletion leaves them. */
export const init = buildContainer("init-permissions", terminated("Completed", 0, 3, 2));
export const killed137 = terminated("Error", 137, 70);
/** Deletion asked for at T+40, grace 30. */
export const deleting = { deletionRequestedAt: at(40), deletionGraceSeconds: 30 };

export function judgePod({ pod: change = {}, events = [], now = 30, ended, node, usage, kubelet, nodeKills, links }: Given): Job {
  const pod = buildPod(change);
  const gone: JobInput["ended"] =
    ended === undefined
      ? null
      : { record: pod, deletedAt: at(ended === "missed" ? now : ended), ending: ended === "missed" ? "missed" : "watched" };
  const memo = foldJob(null, {
    pod,
    events,
    ended: gone,
    node: node ?? null,
    usage: usage ?? null,
    kubelet: kubelet ?? (usage === undefined ? "not-connected" : "live"),
    nodeKills: nodeKills ?? [],
    links: { ...NO_LINKS, ...links },
    atMs: Date.parse(at(now)),
  });
  const job = jobOf(memo);
  const statements = [job.verdict, ...job.findings];
  expectSentences(statements.flatMap((statement) => [statement.sentence, statement.remedy]));
  return job;
}

/** What a row of a truth table compares. */
export function summaryOf({ verdict, findings }: Job): object {
  return {
    kind: verdict.kind,
    certainty: verdict.certainty,
    container: verdict.container,
    sentence: verdict.sentence.key,
    findings: findings.map((finding) => finding.kind),
  };
}

/** Every sentence is in the list of sentences, with exactly its values. */
export function expectSentences(sentences: readonly (Sentence | null)[]): void {
  for (const sentence of sentences) {
    if (sentence === null) continue;
    const names: readonly string[] | undefined = SENTENCES[sentence.key as SentenceKey];
    expect({ key: sentence.key, names: Object.keys(sentence.values).toSorted() }).toEqual({ key: sentence.key, names: names?.toSorted() });
  }
}

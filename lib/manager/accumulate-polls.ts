import type { ManagerMetrics, PollRecord } from "./schema.ts";

/** Long enough for a rate at the slowest poll (long polling answers within 50 s), short enough to show a change. */
const WINDOW_MS = 300_000;
const ENDPOINT = "request_job";

interface Step {
  readonly fromMs: number;
  readonly toMs: number;
  readonly statuses: ReadonlyMap<string, number>;
}

/** What is remembered of one runner between two pages. Immutable. */
export interface PollTrack {
  readonly counts: ReadonlyMap<string, number>;
  readonly atMs: number;
  readonly startedAt: string | null;
  readonly steps: readonly Step[];
  /** Since the last page with a success. */
  readonly refused: ReadonlyMap<string, number>;
  readonly lastAnswerMs: number | null;
  readonly lastSuccessMs: number | null;
  readonly lastJobMs: number | null;
  /** Since this page and on every page after it the runner had a free slot; null: it is full, or that is not told. */
  readonly openSinceMs: number | null;
}

export type PollTracks = ReadonlyMap<string, PollTrack>;

/**
 * Adds one page of `/metrics`, read at `atMs`. The first page only says where the counters stand: what they counted before has no time.
 * A process that began anew, or a counter that went back, counts from 0.
 */
export function accumulatePolls(before: PollTracks, metrics: ManagerMetrics, atMs: number): PollTracks {
  const tracks = new Map<string, PollTrack>();
  const used = metrics.runners.reduce<number | null>((sum, runner) => add(sum, jobsOf(runner)), 0);
  const processOpen = used !== null && metrics.concurrent !== null && used < metrics.concurrent;
  for (const runner of metrics.runners) {
    const { shortToken, requests, limit } = runner;
    const jobs = jobsOf(runner);
    const open = processOpen && jobs !== null && limit !== null && (limit <= 0 || jobs < limit);
    const counts = new Map(requests.filter(({ endpoint }) => endpoint === ENDPOINT).map(({ status, count }) => [status, count] as const));
    tracks.set(shortToken, advance(before.get(shortToken), counts, { startedAt: metrics.startedAt, open }, atMs));
  }
  return tracks;
}

function jobsOf({ jobs }: ManagerMetrics["runners"][number]): number | null {
  return jobs === null ? null : jobs.reduce((sum, { count }) => sum + count, 0);
}

function add(sum: number | null, more: number | null): number | null {
  return sum === null || more === null ? null : sum + more;
}

interface Page {
  startedAt: string | null;
  /** It had a free slot. */
  open: boolean;
}

function advance(before: PollTrack | undefined, counts: ReadonlyMap<string, number>, { startedAt, open }: Page, atMs: number): PollTrack {
  const openSinceMs = open ? (before?.openSinceMs ?? atMs) : null;
  if (before === undefined) {
    return {
      counts,
      atMs,
      startedAt,
      steps: [],
      refused: new Map(),
      lastAnswerMs: null,
      lastSuccessMs: null,
      lastJobMs: null,
      openSinceMs,
    };
  }
  if (atMs <= before.atMs) return before;
  const anew = startedAt !== before.startedAt;
  const statuses = new Map<string, number>();
  for (const [status, count] of counts) {
    const was = anew ? 0 : (before.counts.get(status) ?? 0);
    const grown = count >= was ? count - was : count;
    if (grown > 0) statuses.set(status, grown);
  }
  const kept = before.steps.filter((step) => step.fromMs >= atMs - WINDOW_MS);
  const answered = [...statuses.keys()];
  const refused = new Map(answered.some(isSuccess) ? [] : before.refused);
  if (!answered.some(isSuccess))
    for (const [status, grown] of statuses) if (isAnswer(status)) refused.set(status, (refused.get(status) ?? 0) + grown);
  const seen = (matches: (status: string) => boolean, last: number | null) => (answered.some(matches) ? atMs : last);
  return {
    counts,
    atMs,
    startedAt,
    steps: [...kept, { fromMs: before.atMs, toMs: atMs, statuses }],
    refused,
    lastAnswerMs: seen(isAnswer, before.lastAnswerMs),
    lastSuccessMs: seen(isSuccess, before.lastSuccessMs),
    lastJobMs: seen((status) => status === "201", before.lastJobMs),
    openSinceMs,
  };
}

/** GitLab's; below 100 are the runner's own words for "no connection". */
function isAnswer(status: string): boolean {
  return /^[1-5]\d\d$/.test(status);
}

function isSuccess(status: string): boolean {
  return /^2\d\d$/.test(status);
}

/** The tracks in wire words. */
export function pollRecords(tracks: PollTracks): PollRecord[] {
  return [...tracks].map(([shortToken, track]) => {
    const statuses = new Map<string, number>();
    for (const step of track.steps) {
      for (const [status, count] of step.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count);
    }
    return {
      shortToken,
      since: iso(track.steps[0]?.fromMs ?? track.atMs),
      at: iso(track.atMs),
      statuses: [...statuses].map(([status, count]) => ({ status, count })),
      refused: [...track.refused].map(([status, count]) => ({ status, count })),
      lastAnswerAt: isoOrNull(track.lastAnswerMs),
      lastSuccessAt: isoOrNull(track.lastSuccessMs),
      lastJobAt: isoOrNull(track.lastJobMs),
      openSince: isoOrNull(track.openSinceMs),
    };
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

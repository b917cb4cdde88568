"use client";

import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";
import type { SourceReport } from "../../base/source-state.ts";
import type { Job, JobEvent, JobSeries } from "../../fleet/schema.ts";
import type { FleetEntities, SnapshotFrame } from "../frame.ts";
import { PARTIAL_EPOCH } from "../partial.ts";
import { LiveStore, type ConnectionView } from "./live-store.ts";
import { NowTicker } from "./now-ticker.ts";

export type { ConnectionView } from "./live-store.ts";

type FleetEntity<N extends keyof FleetEntities> = FleetEntities[N][number];

const FleetContext = createContext<{ store: LiveStore; ticker: NowTicker } | null>(null);
const JobContext = createContext<LiveStore | null>(null);

/** Holds the fleet for everything below it. `initial` is the snapshot the HTML was rendered from; the stream resumes after it. Later values of `initial` are not looked at. */
export function LiveProvider({
  initial,
  streamUrl = "/api/v1/stream?topic=fleet",
  children,
}: {
  initial: SnapshotFrame;
  streamUrl?: string;
  children: ReactNode;
}) {
  const [value] = useState(() => {
    const store = new LiveStore(initial, streamUrl);
    return { store, ticker: new NowTicker(store) };
  });
  useEffect(() => value.store.start(), [value]);
  return <FleetContext value={value}>{children}</FleetContext>;
}

/**
 * Holds one job; must be given a `key` by its parent where the job can change in place. `jobKey` is `<cluster>/<uid>`.
 * `live: false`: the job comes from the history and will not change, so no stream is opened.
 */
export function JobLiveProvider(props: { initial: SnapshotFrame; jobKey: string; live: boolean; children: ReactNode }) {
  const { initial, jobKey, live, children } = props;
  const [store] = useState(() => new LiveStore(initial, `/api/v1/stream?topic=${encodeURIComponent(`job:${jobKey}`)}`));
  useEffect(() => (live ? store.start() : undefined), [store, live]);
  return <JobContext value={store}>{children}</JobContext>;
}

function useFleet() {
  const value = useContext(FleetContext);
  if (value === null) throw new Error("Live data is read outside of LiveProvider. Render it inside the shell.");
  return value;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** A collection of the fleet by key. The map is a new one only when something in this collection changed. */
export function useCollection<N extends keyof FleetEntities>(name: N): ReadonlyMap<string, FleetEntity<N>> {
  const { store } = useFleet();
  const map = useSyncExternalStore(
    store.subscribe,
    () => store.state.collections[name],
    () => store.first.collections[name],
  );
  return (map ?? NONE) as unknown as ReadonlyMap<string, FleetEntity<N>>;
}

/** One entity; renders again only when that entity changed. */
export function useEntity<N extends keyof FleetEntities>(name: N, key: string): FleetEntity<N> | undefined {
  const { store } = useFleet();
  const entity = useSyncExternalStore(
    store.subscribe,
    () => store.state.collections[name]?.get(key),
    () => store.first.collections[name]?.get(key),
  );
  return entity as FleetEntity<N> | undefined;
}

/** Only the first page of a large fleet is there yet: collections hold a part, the overview counts all. */
export function usePartial(): boolean {
  const { store } = useFleet();
  return useSyncExternalStore(
    store.subscribe,
    () => store.state.epoch === PARTIAL_EPOCH,
    () => store.first.epoch === PARTIAL_EPOCH,
  );
}

/** The state of every source of every cluster. */
export function useSources(): readonly SourceReport[] {
  const { store } = useFleet();
  return useSyncExternalStore(
    store.subscribe,
    () => store.state.sources,
    () => store.first.sources,
  );
}

/** How this page is connected; times are milliseconds by the server's clock. */
export function useConnection(): ConnectionView {
  const { store } = useFleet();
  return useSyncExternalStore(
    store.subscribe,
    () => store.connection,
    () => store.firstConnection,
  );
}

/** Pause stops the picture, not the stream; resume shows the newest state at once. */
export function useLiveActions(): { pause: () => void; resume: () => void; retryNow: () => void } {
  const { store } = useFleet();
  return useMemo(() => ({ pause: () => store.pause(), resume: () => store.resume(), retryNow: () => store.retryNow() }), [store]);
}

/** The server's time in milliseconds, once a second; one timer for the page. On the server and while hydrating: the time of the snapshot. */
export function useNow(): number {
  const { ticker } = useFleet();
  return useSyncExternalStore(
    ticker.subscribe,
    () => ticker.now,
    () => ticker.first,
  );
}

/** The job of the surrounding JobLiveProvider. `job: null`: the server does not know it (any more). */
export function useJobTopic(): { job: Job | null; events: readonly JobEvent[]; series: readonly JobSeries[] } {
  const store = useContext(JobContext);
  if (store === null) throw new Error("A job is read outside of JobLiveProvider. Render it inside the job page.");
  const collections = useSyncExternalStore(
    store.subscribe,
    () => store.state.collections,
    () => store.first.collections,
  );
  return useMemo(() => {
    const job = [...(collections.job?.values() ?? [])][0] as Job | undefined;
    return {
      job: job ?? null,
      events: [...(collections.events?.values() ?? [])] as unknown as JobEvent[],
      series: [...(collections.series?.values() ?? [])] as unknown as JobSeries[],
    };
  }, [collections]);
}

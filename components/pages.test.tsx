// @vitest-environment happy-dom
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SourceReport, SourceState } from "@/lib/base/source-state.ts";
import type { Fleet } from "@/lib/fleet/fold-fleet.ts";
import { foldFleet } from "@/lib/fleet/fold-fleet.ts";
import type { EndedPod } from "@/lib/fleet/pod-facts.ts";
import type { EventRecord, PodRecord } from "@/lib/kubernetes/schema.ts";
import { JobLiveProvider } from "@/lib/stream/client/use-live.tsx";
import { buildCluster, buildNode, buildReport } from "@/lib/testing/build-pod-record.ts";
import { draw } from "@/lib/testing/draw-page.tsx";
import { TestPage, buildSnapshot, readMessages } from "@/lib/testing/render-view.tsx";
import type { TestLocale } from "@/lib/testing/render-view.tsx";
import { readTenJobs } from "@/lib/testing/replay.ts";
import { FindJob } from "./jobs/detail/find-job.tsx";
import { JobMissing } from "./jobs/detail/job-missing.tsx";
import { JobView } from "./jobs/detail/job-view.tsx";
import { JobsView } from "./jobs/list/jobs-view.tsx";
import { ManagersView } from "./managers/managers-view.tsx";
import { NodesView } from "./nodes/nodes-view.tsx";
import { OverviewView } from "./overview/overview-view.tsx";
import { SourcesView } from "./sources/sources-view.tsx";

vi.mock("next/navigation", () => ({ useRouter: () => ({}) }));

const { steps } = readTenJobs();
const NODES = new Map([["n1", buildNode({ uid: "n1" })]]);

interface Moment {
  fleet: Fleet;
  events: ReadonlyMap<string, readonly EventRecord[]>;
  at: string;
}

/** The fleet after so many lines of the recorded watch, folded line by line as the server does. */
function replay(count: number): Moment {
  const pods = new Map<string, PodRecord>();
  const ended = new Map<string, EndedPod>();
  const events = new Map<string, EventRecord[]>();
  let fleet: Fleet | null = null;
  let at = steps[0]!.at;
  for (const step of steps.slice(0, count)) {
    at = step.at;
    if ("event" in step) events.set(step.event.regarding.uid, [...(events.get(step.event.regarding.uid) ?? []), step.event]);
    else if (step.type !== "DELETED") pods.set(step.pod.uid, step.pod);
    else {
      pods.delete(step.pod.uid);
      ended.set(step.pod.uid, { record: step.pod, deletedAt: at, ending: "watched" });
    }
    const cluster = buildCluster([], { pods: new Map(pods), ended: new Map(ended), events: new Map(events), nodes: NODES });
    fleet = foldFleet(fleet, { clusters: [cluster], gitlab: null, at, keep: { maxJobs: 1_000, maxAgeMs: 3_600_000 } });
  }
  return { fleet: fleet!, events, at };
}

const entitiesOf = ({ fleet }: Moment) => ({
  clusters: [...fleet.clusters.values()],
  overview: [fleet.overview],
  jobs: [...fleet.rows.values()],
  managers: [...fleet.managers.values()],
  nodes: [...fleet.nodes.values()],
});
const early = replay(Math.floor(steps.length * 0.4));
const late = replay(steps.length);

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("fetch", () => new Promise(() => {}));
});
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe.each<TestLocale>(["en", "zh-CN"])("pages in %s", (locale) => {
  const words = readMessages(locale);
  const show = (moment: Moment, page: ReactNode, { search = "", sources }: { search?: string; sources?: SourceReport[] } = {}) =>
    draw(
      <TestPage snapshot={{ ...buildSnapshot(entitiesOf(moment), sources), at: moment.at }} locale={locale} search={search}>
        {page}
      </TestPage>,
    );

  it.each([
    ["early", early],
    ["late", late],
  ])("Now, Managers, Nodes, Sources and Jobs, %s", async (_name, moment) => {
    await show(moment, <OverviewView />);
    await show(moment, <ManagersView />);
    await show(moment, <NodesView />, { sources: [buildReport("kubernetes-nodes")] });
    await show(moment, <SourcesView />);
    const text = await show(moment, <JobsView />, { search: "?v=all&g=none" });
    for (const row of moment.fleet.rows.values())
      expect(text).toContain(row.gitlab.name.state === "known" ? row.gitlab.name.value : row.pod);
  });

  it("every job of the recording, live and gone", async () => {
    expect(late.fleet.jobs.size).toBeGreaterThanOrEqual(10);
    for (const moment of [early, late]) {
      for (const job of moment.fleet.jobs.values()) {
        const events = (moment.events.get(job.uid) ?? []).map((event) => ({ ...event, key: event.uid }));
        const initial = { ...buildSnapshot({ job: [job], events }, [], `job:${job.key}`), at: moment.at };
        const text = await show(
          moment,
          <JobLiveProvider initial={initial} live={false} jobKey={job.key}>
            <JobView cluster={job.cluster} uid={job.uid} logs={{ gitlab: "off", pods: false }} />
          </JobLiveProvider>,
        );
        expect(text).toContain(job.pod);
      }
    }
  });

  it("a job that is not known, and a number that is none or several", async () => {
    expect(await show(late, <JobMissing cluster="elsewhere" uid="u-1" />)).toContain("elsewhere");
    await show(late, <FindJob id="abc" valid={false} found={[]} />);
    await show(late, <FindJob id="4711" valid found={[]} />);
    const found = [...late.fleet.jobs.values()].slice(0, 2);
    expect(await show(late, <FindJob id="4711" valid found={found} />)).toContain(found[0]!.pod);
  });

  it("sources in every state", async () => {
    const { state: names } = words["sources"] as { state: Record<string, string> };
    const since = late.at;
    const error = { code: "timeout" as const, detail: "no line for 60 s" };
    const rule = { apiGroup: "", resource: "pods", verbs: ["list", "watch"], namespace: null };
    const states: SourceState[] = [
      { state: "connecting", since },
      { state: "live", since },
      { state: "stale", since, lastError: error, retryAt: since },
      { state: "failed", since, error, retryAt: since },
      { state: "forbidden", since, rule },
      { state: "off", reason: "not-in-this-version" },
    ];
    for (const state of states) {
      for (const lastHeardAt of [since, null]) {
        const sources = (["kubernetes-pods", "kubernetes-events", "kubernetes-nodes"] as const).map((name) =>
          buildReport(name, { state, lastHeardAt }),
        );
        for (const page of [<OverviewView key="now" />, <NodesView key="nodes" />, <JobsView key="jobs" />])
          await show(late, page, { sources });
        expect(await show(late, <SourcesView />, { sources })).toContain(names[state.state]);
      }
    }
  });

  it("a fleet without anything", async () => {
    const fleet = foldFleet(null, { clusters: [buildCluster([])], gitlab: null, at: late.at, keep: { maxJobs: 10, maxAgeMs: 60_000 } });
    const nothing = { fleet, events: new Map(), at: late.at };
    const now = words["now"] as { empty: { title: string } };
    expect(await show(nothing, <OverviewView />)).toContain(now.empty.title);
    await show(nothing, <ManagersView />);
    await show(nothing, <NodesView />, { sources: [buildReport("kubernetes-nodes")] });
    for (const view of ["live", "look", "ended", "all"]) await show(nothing, <JobsView />, { search: `?v=${view}` });
  });
});

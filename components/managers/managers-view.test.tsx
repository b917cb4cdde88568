// @vitest-environment happy-dom
import { act } from "react";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { known, unknown } from "@/lib/base/known.ts";
import { managerPath } from "@/lib/base/manager-path.ts";
import type { SourceReport, SourceState } from "@/lib/base/source-state.ts";
import { foldFleet } from "@/lib/fleet/fold-fleet.ts";
import type { Manager, Overview } from "@/lib/fleet/schema.ts";
import { readConfig } from "@/lib/manager/read-config.ts";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import {
  buildCapacity,
  buildEntry,
  buildHeldJob,
  buildManager,
  buildQueue,
  buildSilentManager,
  buildWaiting,
} from "@/lib/testing/build-manager-view.ts";
import { buildCluster, buildReport } from "@/lib/testing/build-pod-record.ts";
import { draw } from "@/lib/testing/draw-page.tsx";
import { TEST_AT, TestPage, buildSnapshot, readMessages } from "@/lib/testing/render-view.tsx";
import type { TestLocale } from "@/lib/testing/render-view.tsx";
import { OverviewView } from "../overview/overview-view.tsx";
import { SourcesView } from "../sources/sources-view.tsx";
import { ConfigSection } from "./config-section.tsx";
import { ManagersView } from "./managers-view.tsx";

vi.mock("next/navigation", () => ({ useRouter: () => ({}) }));

const row = buildJobRow();
const { overview } = foldFleet(null, { clusters: [buildCluster([])], gitlab: null, at: TEST_AT, keep: { maxJobs: 10, maxAgeMs: 60_000 } });
const told = <T,>(value: T) => known(value, TEST_AT, "test");

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("fetch", () => new Promise(() => {}));
});
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe.each<TestLocale>(["en", "zh-CN"])("managers in %s", (locale) => {
  const words = readMessages(locale);
  const show = (managers: readonly Manager[], change: Partial<Overview>, page: ReactNode, sources?: SourceReport[]) => {
    const live = { live: told(1), nodes: { found: told(1), ready: 1 }, kept: { jobs: 1, maxJobs: 10, maxAgeMs: 60_000 } };
    const found = { managers: { found: told(managers.length), ready: managers.filter(({ ready }) => ready).length } };
    const entities = { overview: [{ ...overview, ...live, ...found, ...change }], jobs: [row], managers: [...managers] };
    return draw(
      <TestPage snapshot={buildSnapshot(entities, sources)} locale={locale}>
        {page}
      </TestPage>,
    );
  };

  it("managers that are full, refused, silent and gone; jobs that wait", async () => {
    const held = Array.from({ length: 10 }, (_, at) => buildHeldJob({ jobId: `90${at}`, key: at === 0 ? row.key : null }));
    const full = buildManager({
      uid: "m-full",
      pod: "gitlab-runner-6c9f7d5b8c-aaaaa",
      slots: { total: told(10), used: told(10), free: told(0), boundBy: "concurrent" },
      jobs: told(held),
      restarts: 2,
      lastTermination: {
        kind: "terminated",
        exitCode: 137,
        signal: null,
        reason: "OOMKilled",
        message: null,
        startedAt: null,
        finishedAt: TEST_AT,
      },
    });
    const refused = buildManager({ uid: "m-refused", pod: "gitlab-runner-6c9f7d5b8c-bbbbb" });
    const silent = buildSilentManager({ uid: "m-silent", pod: "gitlab-runner-6c9f7d5b8c-ccccc" });
    const gone = buildManager({
      uid: "m-gone",
      pod: "gitlab-runner-6c9f7d5b8c-ddddd",
      terminating: true,
      runners: [buildEntry({ limit: 4 })],
    });
    const capacity = buildCapacity({
      requestPath: { state: "held", statuses: [{ status: "429", count: 4 }], since: TEST_AT, failing: [refused.pod] },
      slots: { managers: 4, unknownManagers: 1, total: 30, used: 14, free: 16 },
    });
    const groups = [buildWaiting(), buildWaiting({ tags: [], count: 1, oldestAt: null })];
    const all = [full, refused, silent, gone];
    const queue = buildQueue({ capacity, waitingTags: told(groups), waiting: told(8) });
    const sources = [buildReport("kubernetes-pods"), buildReport("managers"), buildReport("gitlab")];
    const now = await show(all, queue, <OverviewView />, sources);
    expect(now).toContain("14");
    expect(now).toContain("docker");
    const page = await show(all, queue, <ManagersView />, sources);
    for (const { pod } of all) expect(page).toContain(pod);
    expect(page).toContain("OOMKilled");
    expect(page).toContain("r_8QnzKfA2bYcd");
    const { state, slots } = words["managers"] as { state: Record<string, string>; slots: Record<string, string> };
    expect(page).toContain(slots["notRead"]);
    // The first words of the sentence, without its figures.
    expect(page).toContain(state["notRead"]!.replaceAll(/<[^>]+>/g, ""));
  });

  it("the card that the address leads to is marked, the first of its name only, and no other", async () => {
    const managers = ["m-1", "m-2", "m-3"].map((uid) => buildManager({ uid, pod: uid === "m-3" ? "runner-m-2" : `runner-${uid}` }));
    const box = document.createElement("div");
    document.body.append(box);
    const root = createRoot(box);
    window.history.pushState(null, "", managerPath({ cluster: "test", pod: "runner-m-2" }));
    const entities = { overview: [overview], jobs: [row], managers };
    await act(async () =>
      root.render(
        <TestPage snapshot={buildSnapshot(entities)} locale={locale}>
          <ManagersView />
        </TestPage>,
      ),
    );
    const meant = () => [...box.querySelectorAll("[data-meant]")].map(({ id }) => id);
    expect(meant()).toEqual(["test-runner-m-2"]);
    window.history.pushState(null, "", managerPath({ cluster: "test", pod: "runner-m-1" }));
    await act(async () => window.dispatchEvent(new PopStateEvent("popstate")));
    expect(meant()).toEqual(["test-runner-m-1"]);
    await act(async () => root.unmount());
    window.history.pushState(null, "", "/");
  });

  it("queue and slots that nobody tells are no zero", async () => {
    for (const reason of ["not-connected", "forbidden", "stale"] as const) {
      const none = unknown(reason);
      const queue = { slots: none, waiting: none, waitingTags: none };
      const text = await show([buildSilentManager()], queue, <OverviewView />);
      expect(text).toContain((words["jobs"] as { noData: string }).noData);
      expect(text).not.toMatch(/\b0 \/ 0\b/);
      await show([buildSilentManager()], queue, <ManagersView />);
    }
  });

  it("a configuration that may be read is written with its keys; one that may not, with the rule that is missing", async () => {
    const value = readConfig("concurrent = 20\n[[runners]]\nlimit = 3\n[runners.kubernetes]\npoll_timeout = 77\n");
    const config = { told: known(value, TEST_AT, "ConfigMap gitlab-runner/gitlab-runner"), rule: null };
    const read = await show([buildManager({ config })], {}, <ManagersView />);
    for (const part of ["ConfigMap gitlab-runner/gitlab-runner", "poll_timeout", "77"]) expect(read).toContain(part);
    const { limits, config: says } = words["managers"] as Record<"limits" | "config", Record<string, string>>;
    // The process has no limit and 10 slots.
    for (const other of ["3", "20"]) expect(read).toContain(limits["otherwise"]!.replace("{value}", other));
    const rule = { apiGroup: "", resource: "configmaps", verbs: ["get"], namespace: "gitlab-runner" };
    const refused = await show([buildManager({ config: { told: unknown("forbidden"), rule } })], {}, <ManagersView />);
    expect(refused).toContain(says["forbidden"]);
    expect(refused).toContain(says["rule"]);
    const markup = renderToString(
      <TestPage snapshot={buildSnapshot({})} locale={locale}>
        <ConfigSection manager={buildManager({ config: { told: unknown("forbidden"), rule } })} />
      </TestPage>,
    );
    expect(markup.replaceAll("&quot;", '"')).toMatch(/namespace gitlab-runner.+resources: \["configmaps"\].+verbs: \["get"\]/s);
  });

  it("GitLab's parts that the token may not see, and kubelets and managers that do not answer", async () => {
    const failed: SourceState = {
      state: "failed",
      since: TEST_AT,
      error: { code: "tls", detail: "self-signed certificate" },
      retryAt: TEST_AT,
    };
    const off: SourceState = { state: "off", reason: "not-permitted-scope" };
    const sources = [
      buildReport("kubernetes-pods"),
      buildReport("kubelet-metrics", { objects: 2 }),
      buildReport("kubelet-metrics", { key: "k/n1", part: "ci-node-5", state: failed }),
      buildReport("managers", { objects: 1 }),
      buildReport("managers", { key: "m/1", part: "m-1", state: failed }),
      ...[null, "pending-jobs", "runners", "instance"].map((part) =>
        buildReport("gitlab", { key: `g/${part}`, cluster: "gitlab.example", part, ...(part === null ? {} : { state: off }) }),
      ),
    ];
    const text = await show([buildManager()], {}, <SourcesView />, sources);
    const { remedy, gitlabRemedy } = words["sources"] as {
      remedy: Record<string, Record<string, string>>;
      gitlabRemedy: Record<string, string>;
    };
    expect(text).toContain(remedy["kubelet"]!["tls"]);
    expect(text).toContain("RUNNERSCOPE_KUBELET_CA_FILE");
    expect(text).toContain(remedy["manager"]!["tls"]);
    expect(text).toContain("ci-node-5");
    // A part of the source managers is a pod's uid; people know it by its name.
    expect(text).toContain(buildManager().pod);
    for (const words of Object.values(gitlabRemedy)) expect(text).toContain(words);
  });
});

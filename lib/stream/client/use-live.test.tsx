// @vitest-environment happy-dom
import { act, type ReactNode } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildJobRow, buildJobRows } from "../../testing/build-job-row.ts";
import type { Frame, SnapshotFrame } from "../frame.ts";
import { LiveProvider, useCollection, useConnection, useEntity, useLiveActions, useNow } from "./use-live.tsx";

const AT = "2026-03-01T12:00:00.000Z";
const rows = buildJobRows(3);
const [a, b] = [...rows.values()];
const initial: SnapshotFrame = {
  type: "snapshot",
  epoch: "e1",
  at: AT,
  topic: "fleet",
  revision: 1,
  entities: { jobs: [...rows.values()] },
  sources: [],
};
let controller: ReadableStreamDefaultController<Uint8Array>;

async function send(frame: Frame): Promise<void> {
  await act(async () => {
    controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(frame)}\n\n`));
    await vi.advanceTimersByTimeAsync(1);
  });
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(AT) });
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) }))));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const renders = new Map<string, number>();
function Row({ id }: { id: string }) {
  const row = useEntity("jobs", id);
  renders.set(id, (renders.get(id) ?? 0) + 1);
  return <li>{row?.node ?? "gone"}</li>;
}
function Status() {
  const jobs = useCollection("jobs");
  const connection = useConnection();
  const { pause, resume } = useLiveActions();
  return (
    <button
      type="button"
      onClick={connection.state === "paused" ? resume : pause}
    >{`${jobs.size} ${connection.state} ${connection.pausedChanges} ${useNow()}`}</button>
  );
}
const Page = ({ children }: { children?: ReactNode }) => (
  <LiveProvider initial={initial}>
    {[...rows.keys()].map((key) => (
      <Row key={key} id={key} />
    ))}
    <Status />
    {children}
  </LiveProvider>
);

describe("live hooks", () => {
  it("render only the row that changed; pause holds the picture", async () => {
    const box = document.createElement("div");
    const root = createRoot(box);
    await act(async () => {
      root.render(<Page />);
      await vi.advanceTimersByTimeAsync(1);
    });
    renders.clear();
    await send({
      type: "patch",
      epoch: "e1",
      at: AT,
      from: 1,
      revision: 2,
      upsert: { jobs: [buildJobRow({ ...a!, node: "moved" })] },
      remove: {},
    });
    expect([...renders.keys()]).toEqual([a!.key]);
    expect(box.textContent).toContain("moved");
    expect(box.querySelector("button")?.textContent).toContain("3 live 0");
    act(() => box.querySelector("button")?.click());
    await send({ type: "patch", epoch: "e1", at: AT, from: 2, revision: 3, upsert: {}, remove: { jobs: [b!.key] } });
    expect(box.querySelector("button")?.textContent).toContain("3 paused 1");
    act(() => box.querySelector("button")?.click());
    expect(box.querySelector("button")?.textContent).toContain("2 live 0");
    act(() => root.unmount());
    expect(vi.getTimerCount()).toBe(0);
  });

  it("hydrate what the server rendered, also when the clocks differ, and then tick by the server's clock", async () => {
    const html = renderToString(<Page />);
    vi.setSystemTime(Date.parse(AT) + 3_600_000);
    const box = document.createElement("div");
    box.innerHTML = html;
    const errors = vi.fn<() => void>();
    const root = await act(async () => hydrateRoot(box, <Page />, { onRecoverableError: errors }));
    expect(errors).not.toHaveBeenCalled();
    expect(box.querySelector("button")?.textContent).toContain(String(Date.parse(AT)));
    await send({ type: "ping", epoch: "e1", at: "2026-03-01T12:00:05.000Z", revision: 1 });
    await act(async () => void (await vi.advanceTimersByTimeAsync(1_000)));
    const shown = Number(box.querySelector("button")?.textContent?.split(" ").at(-1));
    expect(shown - Date.parse("2026-03-01T12:00:05.000Z")).toBeGreaterThanOrEqual(0);
    expect(shown - Date.parse("2026-03-01T12:00:05.000Z")).toBeLessThan(1_100);
    act(() => root.unmount());
  });
});

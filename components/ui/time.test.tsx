// @vitest-environment happy-dom
import { act } from "react";
import { createRoot } from "react-dom/client";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { TimeProvider } from "./time-context.tsx";
import { Age, Clock } from "./time.tsx";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
const now = Date.parse("2026-11-24T13:30:20.700Z");
const at = "2026-11-24T13:26:08Z";
const page = (ms: number, zone = "Asia/Shanghai") => (
  <TimeProvider now={ms} timeZone={zone} locale="en">
    <Age since={at} /> <Clock at={at} />
  </TimeProvider>
);
const text = (markup: string) => markup.replaceAll(/<[^>]*>/g, "").replaceAll("\u202f", " ");

describe("times", () => {
  it("on the server stand in the zone of the cookie, with zone and UTC in the title", () => {
    const markup = renderToStaticMarkup(page(now));
    expect(text(markup)).toBe("4 m 12 s 21:26:08");
    expect(markup).toContain('dateTime="2026-11-24T13:26:08Z"');
    expect(markup).toContain('title="2026-11-24 21:26:08 GMT+8 · 13:26:08 UTC"');
  });

  it("age in whole seconds, never below none, and switch to the browser's zone", async () => {
    const box = document.createElement("div");
    const root = createRoot(box);
    await act(async () => root.render(page(now)));
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(text(box.innerHTML)).toBe(text(renderToStaticMarkup(page(now, zone))));
    await act(async () => root.render(page(now + 1_000)));
    expect(text(box.innerHTML)).toContain("4 m 13 s");
    await act(async () => root.render(page(now - 3_600_000)));
    expect(text(box.innerHTML)).toContain("0 s");
    await act(async () => root.unmount());
  });

  it("without a second-hand an age is the moment itself; without a moment there is a dash", () => {
    expect(text(renderToStaticMarkup(<Age since={at} />))).toContain("13:26:08");
    expect(text(renderToStaticMarkup(<Clock at="" />))).toBe("–");
  });
});

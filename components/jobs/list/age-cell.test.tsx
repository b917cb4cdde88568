import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { buildJobRow } from "@/lib/testing/build-job-row.ts";
import { TestPage, buildSnapshot } from "@/lib/testing/render-view.tsx";
import type { JobRow } from "@/lib/fleet/schema.ts";
import { AgeCell } from "./cells.tsx";

function textOf(change: Partial<JobRow>): string {
  const job = buildJobRow(change);
  const html = renderToStaticMarkup(
    <TestPage snapshot={buildSnapshot({ jobs: [job] })}>
      <AgeCell job={job} />
    </TestPage>,
  );
  return html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

it("says how long a job lived where its end was seen, and no more than at most where it was not", () => {
  const deletedAt = "2026-03-01T12:05:00.000Z";
  expect(textOf({ deletedAt, ending: "watched" })).toMatch(/^5.* ago$/);
  const unseen = textOf({ deletedAt, deletedAfter: "2026-03-01T12:01:00.000Z", ending: "missed" });
  expect(unseen).toMatch(/^≤ 5.*end unseen$/);
  expect(unseen).not.toContain("ago");
});

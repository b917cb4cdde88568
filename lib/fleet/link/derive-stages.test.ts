import { describe, expect, it } from "vitest";
import type { ManagedTrack } from "../../manager/schema.ts";
import { deriveStages } from "./derive-stages.ts";

const at = (seconds: number) => new Date(Date.parse("2026-03-01T12:00:00.000Z") + seconds * 1_000).toISOString();
const track: ManagedTrack = {
  manager: "m",
  jobId: "1",
  url: "https://gitlab.example/a/b/-/jobs/1",
  since: at(0),
  tookMs: null,
  stages: [
    { stage: "", at: at(0) },
    { stage: "get_sources", at: at(5) },
    { stage: "step_script", at: at(10) },
  ],
  end: null,
  left: { from: at(60), to: at(65), jobs: 1, failures: [] },
};

describe("deriveStages", () => {
  it("takes the markers of a log before the looks at a list", () => {
    const logs = {
      stages: [
        { stage: "get_sources", startMs: Date.parse(at(4)), endMs: Date.parse(at(7)) },
        { stage: "my own section", startMs: Date.parse(at(8)), endMs: null },
      ],
      from: "trace" as const,
      docker: null,
    };
    expect(deriveStages(logs, track)).toEqual([{ stage: "get_sources", phase: "sources", from: "trace", startAt: at(4), endAt: at(7) }]);
  });

  it("reads a list's stages as from one look to the next", () => {
    expect(deriveStages(null, track)).toEqual([
      { stage: "get_sources", phase: "sources", from: "list", startAt: at(5), endAt: at(10) },
      { stage: "step_script", phase: "script", from: "list", startAt: at(10), endAt: at(65) },
    ]);
    expect(deriveStages(null, null)).toEqual([]);
  });
});

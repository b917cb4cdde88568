import { describe, expect, it } from "vitest";
import { buildContainerUse } from "@/lib/testing/build-usage.ts";
import { prepareReadiness } from "./prepare-readiness.ts";

const at = (seconds: number) => new Date(Date.parse("2026-03-01T12:00:00.000Z") + seconds * 1_000).toISOString();
const containers = [buildContainerUse({ startedAt: at(0), name: "docker", role: "dind" })];
const facts = (listening: number | null, command: number | null) => ({
  startingAt: at(1),
  listeningAt: listening === null ? null : at(listening),
  commandAt: command === null ? null : at(command),
  problems: [],
});

describe("prepareReadiness", () => {
  it("measures from the container's start to the API, and against the first docker command", () => {
    expect(prepareReadiness({ containers, docker: facts(8.25, 20) })).toMatchObject({ upMs: 8_250, marginMs: 11_750 });
    expect(prepareReadiness({ containers, docker: facts(30, 20) })).toMatchObject({ upMs: 30_000, marginMs: -10_000 });
  });

  it("knows nothing that was not seen, and nothing of jobs without dockerd", () => {
    expect(prepareReadiness({ containers, docker: facts(null, 20) })).toMatchObject({ upMs: null, marginMs: null });
    expect(prepareReadiness({ containers, docker: null })).toMatchObject({ facts: null, upMs: null });
    expect(prepareReadiness({ containers: [], docker: null })).toBeNull();
  });
});

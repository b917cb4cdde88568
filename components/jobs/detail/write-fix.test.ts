import { expect, it } from "vitest";
import { load } from "js-yaml";
import { known } from "@/lib/base/known.ts";
import { buildJob } from "@/lib/testing/build-job.ts";
import { buildContainerUse } from "@/lib/testing/build-usage.ts";
import { writeFix } from "./write-fix.ts";

const at = "2026-03-01T12:00:00Z";
const dind = buildContainerUse({ startedAt: at, name: "docker", role: "dind", image: "docker:27-dind", aliases: ["docker"] });
const job = buildJob({ containers: [dind] });
const fix = (key: string, values: Record<string, string>, of = job) => writeFix({ key, values }, of);

it("writes what to change as YAML that means it", () => {
  expect(load(fix("remedy.memory.build", { limit: "2 GiB", value: "2560Mi" }) ?? "")).toEqual({
    "unit-test": { variables: { KUBERNETES_MEMORY_LIMIT: "2560Mi" } },
  });
  expect(load(fix("remedy.memory.service", { container: "docker", limit: "1 GiB", value: "2Gi" }) ?? "")).toEqual({
    "unit-test": {
      services: [{ name: "docker:27-dind", alias: "docker", variables: { KUBERNETES_SERVICE_MEMORY_LIMIT: "2Gi" } }],
    },
  });
  expect(load(fix("remedy.dind", { container: "docker" }) ?? "")).toEqual({
    "unit-test": { before_script: ["until docker info; do sleep 1; done"] },
  });
});

it("says nothing where no value is known or the change is elsewhere, and a hostile name stays a name", () => {
  expect(fix("remedy.memory.build", { limit: "none", value: "none" })).toBeNull();
  expect(fix("remedy.image", { image: "x" })).toBeNull();
  const hostile = buildJob();
  hostile.gitlab.name = known("a: &x\n  script: evil", at, "test");
  expect(load(fix("remedy.cpu.build", { value: "2" }, hostile) ?? "")).toEqual({
    "a: &x\n  script: evil": { variables: { KUBERNETES_CPU_LIMIT: "2" } },
  });
});

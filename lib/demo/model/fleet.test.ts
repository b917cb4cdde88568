import { expect, test } from "vitest";
import { cadvisorPage } from "../wire/cadvisor-page.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { Fleet } from "./fleet.ts";
import { CollectingSink } from "./collecting-sink.ts";

const START = Date.parse("2026-11-24T09:00:00Z");

function run(scenario: string, seed: number, ms: number, pods: number | null = null) {
  const sink = new CollectingSink();
  const fleet = new Fleet(SCENARIOS[scenario]!.plan({ pods }), {
    seed,
    start: START,
    speed: 1,
    sinkOf: () => sink,
    managerAddress: () => ({ ip: "127.0.0.1", port: 9252 }),
  });
  fleet.advanceTo(START + ms);
  return { fleet, sink };
}

test("the same seed gives the same fleet, another seed another one", () => {
  const first = run("mixed", 1, 300_000);
  const again = run("mixed", 1, 300_000);
  const other = run("mixed", 2, 300_000);
  expect(first.sink.objects("pods")).toEqual(again.sink.objects("pods"));
  expect(first.sink.objects("events")).toEqual(again.sink.objects("events"));
  expect(first.sink.objects("pods")).not.toEqual(other.sink.objects("pods"));
});

test("who reads the kubelets' pages does not change how the fleet lives", () => {
  const unread = run("mixed", 1, 300_000);
  const read = run("mixed", 1, 0);
  for (let at = 0; at <= 300_000; at += 5_000) {
    read.fleet.advanceTo(START + at);
    for (const { nodes } of read.fleet.clusters)
      for (const node of nodes) cadvisorPage(node, START + at, { kernel: "6.1", osImage: "Debian", minor: 34, lean: true });
  }
  expect(read.sink.objects("pods")).toEqual(unread.sink.objects("pods"));
});

test("every scenario lives for six minutes and makes job pods", () => {
  for (const name of Object.keys(SCENARIOS)) {
    const { fleet, sink } = run(name, 3, 360_000, 60);
    const made = [...fleet.gitlab.jobs.values()].filter((job) => job.pod !== null).length;
    if (made <= 5) throw new Error(`${name} made only ${made} pods`);
    expect(sink.objects("pods").length).toBeGreaterThan(0);
  }
});

import { expect, it } from "vitest";
import type { NodeRecord } from "../kubernetes/schema.ts";
import { buildContainer, buildPod } from "../testing/build-pod-record.ts";
import { kubeletTargets } from "./kubelet-targets.ts";

it("asks the kubelets under pods that run, at the address the node tells, for the containers that have an id", () => {
  const pod = (uid: string, node: string | null, ids: (string | null)[], phase: "Running" | "Failed" = "Running") => ({
    ...buildPod({ uid, node }),
    phase,
    containers: ids.map((containerId, index) => ({ ...buildContainer(`c${index}`, null), containerId })),
  });
  const node = (name: string, internalIp: string | null, kubeletPort: number | null) =>
    [name, { name, internalIp, kubeletPort } as NodeRecord] as const;
  const targets = kubeletTargets(
    [
      pod("u1", "n1", ["containerd://aa", null]),
      pod("u2", "n1", ["cri-o://bb"]),
      pod("u3", "n2", ["containerd://cc"]),
      pod("u4", null, []),
      pod("u5", "n3", ["containerd://dd"], "Failed"),
      pod("u6", "n4", ["ee"]),
    ],
    new Map([node("n1", "10.0.0.1", 10_251), node("n2", "fd00::2", null), node("n3", "10.0.0.3", 1)]),
  );
  const of = (podUid: string) => ({ podUid, namespace: "ci", pod: buildPod({ uid: podUid }).name, name: "c0" });
  expect(targets.map(({ node: name, origin, wanted }) => [name, origin, Object.fromEntries(wanted)])).toEqual([
    ["n1", "https://10.0.0.1:10251", { aa: of("u1"), bb: of("u2") }],
    ["n2", "https://[fd00::2]:10250", { cc: of("u3") }],
    ["n4", null, { ee: of("u6") }],
  ]);
});

"use client";

import { useTranslations } from "next-intl";
import { Shape } from "@/components/ui/shape.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { NodeView } from "@/lib/fleet/schema.ts";
import { NodeAmounts } from "./node-amounts.tsx";
import { NodeBlocks } from "./node-blocks.tsx";
import { pressuresOf } from "./prepare-node-blocks.ts";

/** One node: can it take pods, what is asked of it, who asks. */
export function NodeCard({ node }: { node: NodeView }) {
  const t = useTranslations("nodes");
  const id = `node-${node.uid}`;
  return (
    <article className="card" aria-labelledby={id}>
      <div className="card-head wraps-s">
        <h2 id={id}>{node.name}</h2>
        <NodeStates node={node} />
        <span className="end">
          {t("jobs", { count: node.jobs })} · {t.rich("age", { age: () => <Age since={node.createdAt} /> })}
        </span>
      </div>
      <div className="card-body stack">
        <NodeAmounts node={node} />
        <NodeBlocks node={node} />
        <NodeFacts node={node} />
      </div>
    </article>
  );
}

/** Ready, schedulable and pressures, each as shape and word; only what is abnormal gets a colour. */
function NodeStates({ node }: { node: NodeView }) {
  const t = useTranslations("nodes");
  const ready = node.ready === "True" ? "ready" : node.ready === "False" ? "notReady" : "readyUnknown";
  return (
    <ul className="row wrap node-states">
      <li
        className={node.ready === "True" ? "chip quiet" : "chip"}
        data-v={node.ready === "True" ? "ok" : node.ready === "False" ? "system" : "unknown"}
      >
        <Shape
          name={node.ready === "True" ? "ok" : node.ready === "False" ? "script-failed" : "unknown"}
          tone={node.ready === "True" ? "ok" : node.ready === "False" ? "danger" : "unknown"}
        />
        {t(ready)}
      </li>
      {node.schedulable ? null : (
        <li className="chip" data-v="waiting" title={t("cordonedNote")}>
          <Shape name="unschedulable" tone="waiting" />
          {t("cordoned")}
        </li>
      )}
      {pressuresOf(node).map((condition) => (
        <li
          key={condition.type}
          className="chip"
          data-v={condition.status === "True" ? "system" : "unknown"}
          title={condition.message ?? undefined}
        >
          <Shape
            name={condition.status === "True" ? "system-failure" : "unknown"}
            tone={condition.status === "True" ? "danger" : "unknown"}
          />
          {t(condition.status === "True" ? "pressure" : "pressureUnknown", { type: condition.type })}
        </li>
      ))}
    </ul>
  );
}

function NodeFacts({ node }: { node: NodeView }) {
  const t = useTranslations("nodes");
  const facts = [
    ["kubelet", node.kubeletVersion],
    ["runtime", node.containerRuntimeVersion],
    ["os", node.osImage],
    ["kernel", node.kernelVersion],
    ["arch", node.architecture],
  ] as const;
  return (
    <dl className="podsum node-facts">
      <div>
        <dt>{t("taints")}</dt>
        <dd>
          {node.taints.length === 0 ? <span className="faint">{t("noTaints")}</span> : null}
          {node.taints.map((taint) => (
            <span key={`${taint.key}:${taint.effect}`} className="tag">
              {taint.key}
              {taint.value === null ? "" : `=${taint.value}`}:{taint.effect}
            </span>
          ))}
        </dd>
      </div>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>{value ?? <span className="faint">{t("notTold")}</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

"use client";

import { useTranslations } from "next-intl";
import { Shape } from "@/components/ui/shape.tsx";
import { containerLetter, markContainer, shownContainers } from "./container-mark.ts";
import type { ContainerMark, DotContainer } from "./container-mark.ts";

const MARKS = {
  running: { shape: "live", tone: "running" },
  waiting: { shape: "stale", tone: "waiting" },
  pull: { shape: "image-pull-failed", tone: "danger" },
  done: { shape: "stopped", tone: "faint" },
  oom: { shape: "oom-killed", tone: "danger" },
  fail: { shape: "script-failed", tone: "danger" },
  none: { shape: "not-started", tone: "unknown" },
  unknown: { shape: "unknown", tone: "unknown" },
} as const satisfies Record<ContainerMark, unknown>;

/** One dot a container: the shape is its state, the letter which one it is. */
export function ContainerDots({ containers }: { containers: readonly DotContainer[] }) {
  const t = useTranslations("jobs");
  return (
    <span className="ctrs">
      {shownContainers(containers).map((container) => {
        const mark = markContainer(container);
        const words = t("container.title", { name: container.name, state: t(`container.${mark}`) });
        return (
          <span key={container.name} className="ctr" data-s={mark} title={container.restarts > 0 ? `${words}, ${t("container.restarts", { count: container.restarts })}` : words}>
            <Shape {...MARKS[mark]} />
            <span aria-hidden="true">{containerLetter(container)}</span>
            <span className="sr-only">{words}</span>
          </span>
        );
      })}
    </span>
  );
}

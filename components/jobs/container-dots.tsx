"use client";

import { useTranslations } from "next-intl";
import { Shape } from "@/components/ui/shape.tsx";
import { MARK_SHAPES, containerLetter, markContainer, shownContainers } from "./container-mark.ts";
import type { DotContainer } from "./container-mark.ts";

/** One dot a container: the shape is its state, the letter which one it is. */
export function ContainerDots({ containers }: { containers: readonly DotContainer[] }) {
  const t = useTranslations("jobs");
  return (
    <span className="ctrs">
      {shownContainers(containers).map((container) => {
        const mark = markContainer(container);
        const words = t("container.title", { name: container.name, state: t(`container.${mark}`) });
        return (
          <span
            key={container.name}
            className="ctr"
            data-s={mark}
            title={container.restarts > 0 ? `${words}, ${t("container.restarts", { count: container.restarts })}` : words}
          >
            <Shape {...MARK_SHAPES[mark]} />
            <span aria-hidden="true">{containerLetter(container)}</span>
            <span className="sr-only">{words}</span>
          </span>
        );
      })}
    </span>
  );
}

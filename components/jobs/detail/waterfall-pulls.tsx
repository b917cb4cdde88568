"use client";

import { useTranslations } from "next-intl";
import { formatBytes, formatDurationMs, formatTPlus } from "@/lib/base/units.ts";
import type { ImagePull } from "./prepare-pulls.ts";
import type { Waterfall } from "./prepare-waterfall.ts";

/** One image pull below the phase it belongs to; times and size are the kubelet's. */
export function PullRow({ pull, waterfall, usual }: { pull: ImagePull; waterfall: Waterfall; usual: boolean }) {
  const t = useTranslations("job");
  const endMs = pull.endMs ?? waterfall.zeroMs + waterfall.spanMs;
  const share = (ms: number) => Math.min(1, Math.max(0, (ms - waterfall.zeroMs) / waterfall.spanMs));
  const words =
    pull.status === "failed"
      ? t("waterfall.pullFailed", { image: shortImage(pull.image) })
      : pull.sizeBytes === null
        ? t("waterfall.pull", { image: shortImage(pull.image) })
        : t("waterfall.pullSize", { image: shortImage(pull.image), size: formatBytes(pull.sizeBytes) });
  const tookMs = pull.tookMs ?? (pull.startMs === null || pull.endMs === null ? null : pull.endMs - pull.startMs);
  return (
    <tr className={pull.status === "failed" ? "sub bad" : "sub"}>
      <th scope="row" title={pull.container === null ? pull.image : `${pull.container}: ${pull.image}`}>
        {pull.container === null ? null : <b className="m">{pull.container} </b>}
        {words}
      </th>
      <td className="lane">
        {pull.startMs === null ? null : (
          <i
            className="bar thin"
            data-st={pull.status === "failed" ? "failed" : "pull"}
            style={{ left: `${share(pull.startMs) * 100}%`, width: `${Math.max(0, share(endMs) - share(pull.startMs)) * 100}%` }}
          />
        )}
      </td>
      <td className="num nowrap">
        {pull.status === "pulling" ? t("waterfall.pulling") : tookMs === null ? "–" : formatDurationMs(tookMs)}
      </td>
      {usual ? <td className="num usual faint">–</td> : null}
      <td className="by">{t("waterfall.event")}</td>
    </tr>
  );
}

/** Images that nobody had to wait for, in one line. */
export function PresentImages({ images, usual }: { images: readonly string[]; usual: boolean }) {
  const t = useTranslations("job");
  return (
    <tr className="sub">
      <th scope="row" title={images.join("\n")}>
        {t("waterfall.present", { count: images.length })}
      </th>
      <td className="lane">
        <span className="lane-text faint">{images.map(shortImage).join(", ")}</span>
      </td>
      <td className="num faint">–</td>
      {usual ? <td className="num usual faint">–</td> : null}
      <td className="by">{t("waterfall.event")}</td>
    </tr>
  );
}

/** The image without its registry and digest: what tells images of one job apart. */
function shortImage(image: string): string {
  return image.split("@")[0]?.split("/").slice(-2).join("/") ?? image;
}

/** A stretch inside a phase: a stage of the runner, or dockerd until it listens. `endMs` null: it goes on, or its end was not seen. */
export interface InnerStretch {
  key: string;
  words: string;
  startMs: number;
  endMs: number | null;
  fill: string;
  by: string;
}

export function InnerRow({
  stretch,
  waterfall,
  usual,
  live,
}: {
  stretch: InnerStretch;
  waterfall: Waterfall;
  usual: boolean;
  live: boolean;
}) {
  const t = useTranslations("job.waterfall");
  const { words, startMs, endMs, fill, by } = stretch;
  const share = (ms: number) => Math.min(1, Math.max(0, (ms - waterfall.zeroMs) / waterfall.spanMs));
  const end = endMs ?? waterfall.zeroMs + waterfall.spanMs;
  return (
    <tr className="sub">
      <th scope="row">{words}</th>
      <td className="lane">
        <span className="sr-only">{formatTPlus(startMs - waterfall.zeroMs)}</span>
        <i
          className={endMs === null && !live ? "bar thin unseen" : "bar thin"}
          data-st={fill}
          style={{ left: `${share(startMs) * 100}%`, width: `${Math.max(0, share(end) - share(startMs)) * 100}%` }}
        />
      </td>
      <td className="num nowrap">{endMs === null ? t(live ? "underWay" : "openEnd") : formatDurationMs(Math.max(0, endMs - startMs))}</td>
      {usual ? <td className="num usual faint">–</td> : null}
      <td className="by">{by}</td>
    </tr>
  );
}

"use client";

import { useTranslations } from "next-intl";
import { ScrollBox } from "@/components/charts/scroll-box.tsx";
import type { Job } from "@/lib/fleet/schema.ts";
import { BOX, preparePicture, type PictureBox, type PodPicture } from "./prepare-picture.ts";

/** Who is in the pod, how they find each other, what they share: a drawing with words, and the same as sentences for who does not see it. */
export function PictureCard({ job }: { job: Job }) {
  const t = useTranslations("job.picture");
  const picture = preparePicture(job);
  const { docker } = picture;
  return (
    <section className="card" aria-labelledby="h-picture">
      <div className="card-head wraps-s">
        <h2 id="h-picture">{t("title")}</h2>
        <span className="end mono">{job.pod}</span>
      </div>
      <div className="card-body">
        <ScrollBox label={t("drawing")}>
          <Drawing picture={picture} />
        </ScrollBox>
        <InWords picture={picture} />
        {docker === null || docker.problems.length === 0 ? null : (
          <ul className="docker-problems">
            {docker.problems.map((problem) => (
              <li key={problem}>
                <b>{t(`problem.${problem}.title`)}</b>{" "}
                {t(`problem.${problem}.fix`, { server: docker.server, client: docker.client ?? "build" })}
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

const VOLUME_HEIGHT = 26;

function Drawing({ picture }: { picture: PodPicture }) {
  const t = useTranslations("job.picture");
  const { width, height, boxes, volumes, wire, docker, podIp, loopback } = picture;
  return (
    <svg className="picture" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      <rect className="pic-ns" x={1} y={14} width={width - 2} height={height - 16} rx={5} />
      <text className="pic-cap" x={14} y={18}>
        {t("namespace", { ip: podIp ?? "–" })}
      </text>
      <text className="pic-faint" x={14} y={34}>
        {loopback.length === 0 ? t("noAliases") : t("hosts", { names: loopback.slice(0, 6).join(" ") })}
      </text>
      {boxes.map((box) => (
        <Box key={box.name} box={box} docker={docker} />
      ))}
      {wire === null || docker === null ? null : (
        <>
          <line className={docker.problems.length > 0 ? "pic-wire bad" : "pic-wire"} {...wire} />
          <text className="pic-small" x={(wire.x1 + wire.x2) / 2} y={(wire.y1 + wire.y2) / 2 - 6} textAnchor="middle">
            {docker.port ?? ""}
          </text>
        </>
      )}
      {volumes.map(({ volume, path, kind, mountedBy, y }) => (
        <g key={`${volume} ${path}`}>
          <rect className="pic-box" x={BOX.left} y={y} width={width - BOX.left * 2} height={VOLUME_HEIGHT} rx={5} />
          <text className="pic-mono" x={BOX.left + 10} y={y + 17}>
            {path}
          </text>
          <text className="pic-small" x={BOX.left + 140} y={y + 17}>
            {t("mountedBy", { kind: kind ?? "–", names: mountedBy.join(", ") })}
          </text>
        </g>
      ))}
    </svg>
  );
}

function Box({ box, docker }: { box: PictureBox; docker: PodPicture["docker"] }) {
  const t = useTranslations("job.picture");
  const { name, role, ports, aliases, privileged, x, y } = box;
  const lines = [
    t(`role.${role}`),
    name === docker?.client && docker.host !== null ? `DOCKER_HOST=${docker.host}` : null,
    name === docker?.server ? t(docker.tls === null ? "tlsUnknown" : docker.tls ? "tlsOn" : "tlsOff") : null,
    aliases.length > 0 && role !== "build" ? t("names", { names: aliases.slice(0, 3).join(", ") }) : null,
    ports.length > 0 ? t("ports", { ports: ports.slice(0, 4).join(", ") }) : null,
  ].filter((line) => line !== null);
  return (
    <g>
      <rect
        className={name === docker?.server && docker.problems.length > 0 ? "pic-box bad" : "pic-box"}
        x={x}
        y={y}
        width={BOX.width}
        height={BOX.height}
        rx={5}
      />
      <text className="pic-name" x={x + 10} y={y + 18}>
        {name.length > 22 ? `${name.slice(0, 21)}…` : name}
        {privileged ? <tspan className="pic-tag"> {t("privileged")}</tspan> : null}
      </text>
      {lines.slice(0, 4).map((line, index) => (
        <text key={line} className={line.startsWith("DOCKER_HOST") ? "pic-mono small" : "pic-small"} x={x + 10} y={y + 34 + index * 13}>
          {line}
        </text>
      ))}
    </g>
  );
}

function InWords({ picture }: { picture: PodPicture }) {
  const t = useTranslations("job.picture");
  const { podIp, loopback, boxes, volumes, docker } = picture;
  return (
    <ul className="sr-only">
      <li>{t("namespace", { ip: podIp ?? "–" })}</li>
      <li>{loopback.length === 0 ? t("noAliases") : t("hosts", { names: loopback.join(", ") })}</li>
      {boxes.map(({ name, role, ports, privileged }) => (
        <li key={name}>
          {name}: {t(`role.${role}`)}
          {privileged ? `, ${t("privileged")}` : null}
          {ports.length > 0 ? `, ${t("ports", { ports: ports.join(", ") })}` : null}
        </li>
      ))}
      {docker === null || docker.host === null ? null : (
        <li>
          {docker.client}: DOCKER_HOST={docker.host} → {docker.server},{" "}
          {t(docker.tls === null ? "tlsUnknown" : docker.tls ? "tlsOn" : "tlsOff")}
        </li>
      )}
      {volumes.map(({ volume, path, kind, mountedBy }) => (
        <li key={`${volume} ${path}`}>
          {path}: {t("mountedBy", { kind: kind ?? "–", names: mountedBy.join(", ") })}
        </li>
      ))}
    </ul>
  );
}

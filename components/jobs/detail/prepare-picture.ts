import type { ContainerView, Job } from "@/lib/fleet/schema.ts";
import { prepareDocker, type DockerWay } from "./prepare-docker.ts";

/** Places that jobs share, and the volumes that the runner or its owner put there. Others (scripts, logs, service account) serve the runner. */
const SHARED = /^\/(builds|cache|certs)(\/|$)/;

/** A container as a box of the drawing; coordinates in the drawing's own units. */
export interface PictureBox {
  name: string;
  role: ContainerView["role"];
  aliases: readonly string[];
  ports: readonly number[];
  privileged: boolean;
  x: number;
  y: number;
}

/** A volume below the boxes that mount it. */
export interface PictureVolume {
  volume: string;
  kind: string | null;
  path: string;
  mountedBy: readonly string[];
  y: number;
}

export interface PodPicture {
  podIp: string | null;
  /** Names that `/etc/hosts` leads to this pod itself. */
  loopback: readonly string[];
  boxes: readonly PictureBox[];
  volumes: readonly PictureVolume[];
  docker: DockerWay | null;
  /** From the client's box to dockerd's; null: the pod tells no way. */
  wire: { x1: number; y1: number; x2: number; y2: number } | null;
  width: number;
  height: number;
}

export const BOX = { width: 200, height: 78, gap: 36, columns: 3, left: 16, top: 44 };
const VOLUME = { height: 26, gap: 8 };

const ORDER: readonly ContainerView["role"][] = ["helper", "build", "dind", "service", "other"];

/** Draws a pod from its own data: who is in it, by which names they find each other, what they share. Init containers are over before the rest begins. */
export function preparePicture(job: Pick<Job, "containers" | "podIp" | "hostAliases" | "volumes">): PodPicture {
  const shown = job.containers
    .filter(({ role }) => role !== "init")
    .toSorted((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || a.name.localeCompare(b.name));
  const boxes = shown.map((container, index): PictureBox => ({
    name: container.name,
    role: container.role,
    aliases: container.aliases,
    ports: container.ports.map(({ port }) => port),
    privileged: container.privileged,
    x: BOX.left + (index % BOX.columns) * (BOX.width + BOX.gap),
    y: BOX.top + Math.floor(index / BOX.columns) * (BOX.height + BOX.gap),
  }));
  const boxesEnd = BOX.top + Math.ceil(Math.max(1, boxes.length) / BOX.columns) * (BOX.height + BOX.gap);
  const volumes = sharedVolumes(shown, job.volumes).map((volume, index) => ({
    ...volume,
    y: boxesEnd - BOX.gap + 18 + index * (VOLUME.height + VOLUME.gap),
  }));
  const docker = prepareDocker(job);
  return {
    podIp: job.podIp,
    loopback: [...new Set(job.hostAliases.filter(({ ip }) => ip === "127.0.0.1" || ip === "::1").flatMap(({ hostnames }) => hostnames))],
    boxes,
    volumes,
    docker,
    wire: wireOf(boxes, docker),
    width: BOX.left * 2 + Math.min(BOX.columns, Math.max(1, boxes.length)) * (BOX.width + BOX.gap) - BOX.gap,
    height: boxesEnd - BOX.gap + 18 + volumes.length * (VOLUME.height + VOLUME.gap) + 6,
  };
}

function sharedVolumes(containers: readonly ContainerView[], kinds: Job["volumes"]): Omit<PictureVolume, "y">[] {
  const found = new Map<string, { volume: string; path: string; mountedBy: string[] }>();
  for (const { name, mounts } of containers)
    for (const { volume, path } of mounts) {
      if (!SHARED.test(path)) continue;
      const key = `${volume} ${path}`;
      const entry = found.get(key) ?? { volume, path, mountedBy: [] };
      if (!entry.mountedBy.includes(name)) entry.mountedBy.push(name);
      found.set(key, entry);
    }
  return [...found.values()]
    .toSorted((a, b) => a.path.localeCompare(b.path))
    .map((entry) => ({ ...entry, kind: kinds.find(({ name }) => name === entry.volume)?.kind ?? null }));
}

function wireOf(boxes: readonly PictureBox[], docker: DockerWay | null): PodPicture["wire"] {
  const from = boxes.find(({ name }) => name === docker?.client);
  const to = boxes.find(({ name }) => name === docker?.server);
  if (docker === null || docker.host === null || from === undefined || to === undefined) return null;
  return from.y === to.y
    ? { x1: from.x + BOX.width, y1: from.y + BOX.height / 2, x2: to.x, y2: to.y + BOX.height / 2 }
    : { x1: from.x + BOX.width / 2, y1: from.y + BOX.height, x2: to.x + BOX.width / 2, y2: to.y };
}

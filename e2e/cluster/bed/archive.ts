import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** One image: its layers (names in `Layer`s, bottom first) and the part of its configuration that differs. */
export interface ImageRecipe {
  name: string;
  layers: readonly string[];
  config: { Cmd?: readonly string[]; Entrypoint?: readonly string[] };
}
/** A root file system tar in the archive. */
export interface Layer {
  /** File name inside the archive. */
  file: string;
  sha256: string;
}

const CREATED = "2026-01-01T00:00:00Z";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

export async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/**
 * The JSON files of a `docker save` archive that holds all these images and each layer once
 * (Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format"). Same input, same bytes.
 */
export function archiveFiles(
  images: readonly ImageRecipe[],
  layers: Readonly<Record<string, Layer>>,
  architecture: string,
): Record<string, string> {
  const files: Record<string, string> = {};
  const manifest = images.map((image) => {
    const used = image.layers.map((name) => {
      const layer = layers[name];
      if (!layer) throw new Error(`Image ${image.name} names layer ${name}, which was not made.`);
      return layer;
    });
    const config = JSON.stringify({
      architecture,
      os: "linux",
      created: CREATED,
      config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ...image.config },
      rootfs: { type: "layers", diff_ids: used.map((layer) => `sha256:${layer.sha256}`) },
      history: used.map(() => ({ created: CREATED, created_by: "test bed" })),
    });
    const file = `${sha256(config)}.json`;
    files[file] = config;
    return { Config: file, RepoTags: [image.name], Layers: used.map((layer) => layer.file) };
  });
  return { ...files, "manifest.json": JSON.stringify(manifest) };
}

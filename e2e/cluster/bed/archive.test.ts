import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { archiveFiles, type ImageRecipe } from "./archive.ts";

const layers = { base: { file: "base.tar", sha256: "aa" }, top: { file: "top.tar", sha256: "bb" } };
const images: ImageRecipe[] = [
  { name: "localhost/one:1", layers: ["base"], config: { Cmd: ["bash"] } },
  { name: "localhost/two:1", layers: ["base", "top"], config: { Entrypoint: ["/two"] } },
];

test("images share layers, and each config is named by its own hash", () => {
  const files = archiveFiles(images, layers, "amd64");
  const manifest = JSON.parse(files["manifest.json"] ?? "") as { Config: string; RepoTags: string[]; Layers: string[] }[];
  expect(manifest.map(({ RepoTags, Layers }) => ({ RepoTags, Layers }))).toEqual([
    { RepoTags: ["localhost/one:1"], Layers: ["base.tar"] },
    { RepoTags: ["localhost/two:1"], Layers: ["base.tar", "top.tar"] },
  ]);
  for (const { Config } of manifest) {
    expect(Config).toBe(
      `${createHash("sha256")
        .update(files[Config] ?? "")
        .digest("hex")}.json`,
    );
  }
  const second = JSON.parse(files[manifest[1]?.Config ?? ""] ?? "") as { rootfs: { diff_ids: string[] }; config: { Entrypoint: string[] } };
  expect(second.rootfs.diff_ids).toEqual(["sha256:aa", "sha256:bb"]);
  expect(second.config.Entrypoint).toEqual(["/two"]);
  expect(archiveFiles(images, layers, "amd64")).toEqual(files);
});

test("a layer that was not made is named", () => {
  expect(() => archiveFiles([{ name: "x", layers: ["gone"], config: {} }], layers, "amd64")).toThrow("names layer gone");
});

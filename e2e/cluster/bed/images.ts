import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { archiveFiles, hashFile, type ImageRecipe, type Layer } from "./archive.ts";
import { RUNNER, runnerBinaries, runnerKey } from "./binaries.ts";
import { cached, cacheKey } from "./cache.ts";
import { run } from "./command.ts";

export const image = {
  pause: "localhost/pause:3.10",
  busybox: "localhost/busybox:1",
  tools: "localhost/tools:1",
  docker: "localhost/docker:dind",
  hungry: "localhost/hungry:1",
  helper: `localhost/gitlab-runner-helper:x86_64-v${RUNNER}`,
  runner: `localhost/gitlab-runner:v${RUNNER}`,
} as const;

/** All images but pause and busybox stand on one Debian layer: one import, one copy on disk. */
const RECIPES: readonly ImageRecipe[] = [
  { name: image.pause, layers: ["pause"], config: { Entrypoint: ["/pause"] } },
  { name: image.busybox, layers: ["busybox"], config: { Cmd: ["sh"] } },
  { name: image.tools, layers: ["debian"], config: { Cmd: ["bash"] } },
  { name: image.docker, layers: ["debian", "docker"], config: { Cmd: ["bash"] } },
  { name: image.hungry, layers: ["debian", "hungry"], config: { Cmd: ["sh"] } },
  { name: image.helper, layers: ["debian", "helper"], config: { Cmd: ["sh"] } },
  { name: image.runner, layers: ["debian", "runner"], config: { Entrypoint: ["gitlab-runner"] } },
];
const SUITE = "bookworm";
const DEBIAN = ["bash", "ca-certificates", "docker.io", "git", "iproute2", "iptables", "procps"];
const EXCLUDED = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*"];
/** Sleeps until it is told to end and lets the kernel reap what is left to it: the pause image, and PID 1 of the bed. */
const PAUSE_C = `#include <signal.h>
#include <unistd.h>
static void stop(int number) { _exit(0); }
int main(void) { signal(SIGINT, stop); signal(SIGTERM, stop); signal(SIGCHLD, SIG_IGN); for (;;) pause(); }
`;
/** The helper image's own start script: what the runner calls as the shell of its stages. */
const HELPER_BUILD = "#!/bin/bash\numask 0000\nexec /bin/bash\n";
/** A shell that takes memory until it is killed, whatever it is asked to do: the only thing an init container of the runner calls. */
const HUNGRY_SHELL = "#!/bin/dash\nexec tail /dev/zero\n";
/** Docker-in-Docker where no address translation can be set up: no bridge, files instead of overlay layers. */
const DOCKERD =
  '#!/bin/sh\nexec dockerd --host=tcp://0.0.0.0:2375 --host=unix:///var/run/docker.sock --tls=false --storage-driver=vfs --iptables=false --bridge=none "$@"\n';

export interface BedImages {
  /** A `docker save` archive with all images. */
  archive: string;
  /** The statically linked pause program, for the host. */
  pause: string;
}

/** The images, made from Debian packages and our own binaries; nothing is pulled from a registry. */
export async function bedImages(log: (text: string) => void): Promise<BedImages> {
  const debian = await debianLayer(log);
  const binaries = await runnerBinaries(log);
  // The recipe is this file: any change to it makes new images, which takes seconds.
  const recipe = ["images.ts", "archive.ts"].map((name) => readFileSync(path.join(import.meta.dirname, name), "utf8"));
  const key = cacheKey([...recipe, process.arch, runnerKey()]);
  const folder = await cached("images", key, (fresh) => makeImages(fresh, debian, binaries, log), log);
  return { archive: path.join(folder, "images.tar"), pause: path.join(folder, "pause") };
}

async function debianLayer(log: (text: string) => void): Promise<string> {
  const make = async (folder: string) => {
    log(`Making a Debian root file system with ${DEBIAN.join(", ")} (about 2 minutes) …`);
    const options = EXCLUDED.map((pattern) => `--dpkgopt=path-exclude=${pattern}`);
    await run("mmdebstrap", [
      "--quiet",
      "--variant=minbase",
      `--include=${DEBIAN.join(",")}`,
      ...options,
      SUITE,
      path.join(folder, "debian.tar"),
    ]);
  };
  const folder = await cached("debian", cacheKey([SUITE, process.arch, ...DEBIAN, ...EXCLUDED]), make, log);
  return path.join(folder, "debian.tar");
}

async function makeImages(folder: string, debian: string, binaries: string, log: (text: string) => void): Promise<void> {
  log("Making the images …");
  const work = path.join(folder, "work");
  const root = (name: string, ...inner: string[]) => {
    const full = path.join(work, "root", name, ...inner);
    mkdirSync(full, { recursive: true });
    return full;
  };
  const program = (file: string, text: string) => {
    writeFileSync(file, text);
    chmodSync(file, 0o755);
  };
  writeFileSync(path.join(root("source"), "pause.c"), PAUSE_C);
  await run("gcc", ["-static", "-Os", "-s", "-o", path.join(folder, "pause"), path.join(work, "root/source/pause.c")]);
  copyFileSync(path.join(folder, "pause"), path.join(root("pause"), "pause"));
  await busyboxRoot(work, root("busybox"));
  program(path.join(root("docker", "usr/local/bin"), "dockerd-entrypoint.sh"), DOCKERD);
  program(path.join(root("hungry", "usr/local/bin"), "sh"), HUNGRY_SHELL);
  copyFileSync(path.join(binaries, "gitlab-runner-helper"), path.join(root("helper", "usr/bin"), "gitlab-runner-helper"));
  program(path.join(root("helper", "usr/bin"), "gitlab-runner-build"), HELPER_BUILD);
  copyFileSync(path.join(binaries, "gitlab-runner"), path.join(root("runner", "usr/bin"), "gitlab-runner"));

  const archive = path.join(work, "archive");
  mkdirSync(archive);
  placeFile(debian, path.join(archive, "debian.tar"));
  for (const name of ["pause", "busybox", "docker", "hungry", "helper", "runner"]) {
    await run("tar", [
      "--create",
      "--numeric-owner",
      "--owner=0",
      "--group=0",
      "--directory",
      root(name),
      "--file",
      path.join(archive, `${name}.tar`),
      ".",
    ]);
  }
  await writeArchive(archive, path.join(folder, "images.tar"));
  rmSync(work, { recursive: true, force: true });
}

async function writeArchive(folder: string, output: string): Promise<void> {
  const layers: Record<string, Layer> = {};
  for (const file of readdirSync(folder)) layers[path.basename(file, ".tar")] = { file, sha256: await hashFile(path.join(folder, file)) };
  const files = archiveFiles(RECIPES, layers, process.arch === "x64" ? "amd64" : process.arch);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  await run("tar", [
    "--create",
    "--directory",
    folder,
    "--file",
    output,
    ...Object.keys(files),
    ...Object.values(layers).map((layer) => layer.file),
  ]);
}

/** From the package file, not from an installed package: Debian's busybox and busybox-static exclude each other. */
async function busyboxRoot(work: string, root: string): Promise<void> {
  const download = path.join(work, "download");
  mkdirSync(download);
  await run("apt-get", ["download", "-q", "busybox-static"], { cwd: download });
  const file = readdirSync(download).find((name) => name.endsWith(".deb"));
  if (!file) throw new Error("apt-get download busybox-static left no package file.");
  await run("dpkg-deb", ["--extract", path.join(download, file), path.join(download, "files")]);
  for (const name of ["bin", "etc", "root", "tmp"]) mkdirSync(path.join(root, name), { recursive: true });
  chmodSync(path.join(root, "tmp"), 0o1777);
  writeFileSync(path.join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  const busybox = path.join(root, "bin/busybox");
  const program = ["bin/busybox", "usr/bin/busybox"].map((name) => path.join(download, "files", name)).find((name) => existsSync(name));
  if (!program) throw new Error("The package busybox-static holds no bin/busybox.");
  copyFileSync(program, busybox);
  chmodSync(busybox, 0o755);
  for (const name of (await run(busybox, ["--list"])).trim().split("\n")) {
    if (name !== "busybox") symlinkSync("busybox", path.join(root, "bin", name));
  }
}

function placeFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // the cache spans file systems
  }
}

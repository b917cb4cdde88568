import type { PullFault, RegistrySpec } from "./cluster-spec.ts";

export type PullResult = { ok: true; bytes: number } | { ok: false; afterMs: number; message: string };

/** What the kubelet's pull of an image comes to. Faults can be set and taken away while the fleet lives. */
export class Registry {
  readonly sizes: Map<string, number>;
  readonly faults: Map<string, PullFault>;

  constructor(spec: RegistrySpec) {
    this.sizes = new Map(Object.entries(spec.sizes));
    this.faults = new Map(Object.entries(spec.faults));
  }

  /** Bytes of an image; one that is not listed gets 40 to 400 MB from its name. */
  size(image: string): number {
    const known = this.sizes.get(image);
    if (known !== undefined) return known;
    let hash = 7;
    for (const char of image) hash = (hash * 31 + char.charCodeAt(0)) % 1_000_003;
    return 40_000_000 + hash * 360;
  }

  /** A fault stands for an image, for a registry host (`host/`), or for all (`*`). */
  pull(image: string): PullResult {
    const fault = this.faults.get(image) ?? this.faults.get(`${image.split("/")[0]}/`) ?? this.faults.get("*");
    return fault === undefined ? { ok: true, bytes: this.size(image) } : { ok: false, ...describe(fault, image) };
  }
}

/** Texts of containerd's resolver, as the kubelet passes them on. */
function describe(fault: PullFault, image: string): { afterMs: number; message: string } {
  const [, host = "docker.io", path = image, tag = "latest"] = /^(?:([^/]+[.:][^/]*|localhost)\/)?(.+?)(?::([^:/]+))?$/.exec(image) ?? [];
  const head = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": `;
  const url = `${host === "localhost" ? "http" : "https"}://${host}/v2/${path}/manifests/${tag}`;
  switch (fault) {
    case "connection-refused":
      return {
        afterMs: 120,
        message: `${head}failed to do request: Head "${url}": dial tcp ${host === "localhost" ? "127.0.0.1:80" : "10.20.0.15:443"}: connect: connection refused`,
      };
    case "timeout":
      return { afterMs: 12_000, message: `${head}failed to do request: Head "${url}": dial tcp 10.20.0.15:443: i/o timeout` };
    case "not-found":
      return { afterMs: 350, message: `rpc error: code = NotFound desc = ${head}${image}: not found` };
    case "unauthorized":
      return {
        afterMs: 350,
        message: `${head}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
      };
  }
}

import "server-only";
import { Agent, type Dispatcher } from "undici";

/** TLS material as the cluster's access has it; structural, because sources are strangers to each other. */
export interface KubeletConnection {
  readonly version: string;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface KubeletAccess {
  connection(): Promise<KubeletConnection>;
  authorize(options?: { fresh?: boolean }): Promise<Record<string, string>>;
}

/** How a kubelet's serving certificate is checked: against the cluster's CA, a CA of its own, or not at all (an explicit setting). */
export type KubeletTrust = { kind: "cluster-ca" } | { kind: "ca"; pem: Buffer } | { kind: "insecure" };

/** One agent for all kubelets of a cluster; made anew when the credentials behind it change. */
export class KubeletAgents {
  readonly #access: KubeletAccess;
  readonly #trust: KubeletTrust;
  #agent: { version: string; agent: Agent } | null = null;

  constructor(access: KubeletAccess, trust: KubeletTrust) {
    this.#access = access;
    this.#trust = trust;
  }

  /** Throws what `connection()` throws. */
  async dispatcher(): Promise<Dispatcher> {
    const { version, ca, cert, key } = await this.#access.connection();
    if (this.#agent?.version === version) return this.#agent.agent;
    const old = this.#agent;
    const trusted = this.#trust.kind === "ca" ? this.#trust.pem : ca;
    const agent = new Agent({
      connections: 1,
      pipelining: 1,
      keepAliveTimeout: 60_000,
      connect: {
        timeout: 5_000,
        rejectUnauthorized: this.#trust.kind !== "insecure",
        ...(trusted === undefined || this.#trust.kind === "insecure" ? {} : { ca: trusted }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
      },
    });
    this.#agent = { version, agent };
    void old?.agent.close().catch(() => {});
    return agent;
  }

  async close(): Promise<void> {
    const { agent } = this.#agent ?? {};
    this.#agent = null;
    await agent?.destroy().catch(() => {});
  }
}

import { networkInterfaces } from "node:os";
import type { ClusterSpec } from "../model/cluster-spec.ts";
import type { Fleet } from "../model/fleet.ts";
import type { ManagerProcess } from "../model/manager.ts";
import type { ManagerAddress } from "../model/manager-deployment.ts";
import { jobsList, managerPage } from "./manager-page.ts";
import { SimulatedServer, type Answer } from "./simulated-server.ts";

/** The port that gitlab-runner listens on (`listen_address`). */
const PORT = 9252;

/**
 * The HTTP port of each manager. On Linux all of 127/8 is the loopback: each manager has its own address there and the usual port, as pods have.
 * Where that is taken or not possible, 127.0.0.1 and a free port; the pod's container port and annotation say which.
 */
export class ManagerServers {
  readonly servers: { server: SimulatedServer; cluster: string; index: number; address: ManagerAddress }[] = [];
  #fleet: Fleet | null = null;

  static async open(clusters: readonly ClusterSpec[]): Promise<ManagerServers> {
    const managers = new ManagerServers();
    for (const [number, cluster] of clusters.entries()) {
      const count = cluster.runners.reduce((sum, runner) => sum + runner.replicas, 0);
      for (let index = 0; index < count; index++) await managers.#open(cluster.name, number, index);
    }
    return managers;
  }

  async #open(cluster: string, number: number, index: number): Promise<void> {
    const answer = (_request: unknown, url: URL) => this.#answer(cluster, index, url.pathname);
    const name = `manager ${cluster} ${index}`;
    const ip = `127.${77 + number}.${Math.floor(index / 250)}.${10 + (index % 250)}`;
    const server = hasWholeLoopback() ? await SimulatedServer.open({ name, host: ip, port: PORT, answer }).catch(() => null) : null;
    const opened = server ?? (await SimulatedServer.open({ name, answer }));
    this.servers.push({ server: opened, cluster, index, address: { ip: server ? ip : "127.0.0.1", port: opened.port } });
  }

  address(cluster: string, index: number): ManagerAddress {
    return this.servers.find((entry) => entry.cluster === cluster && entry.index === index)?.address ?? { ip: "127.0.0.1", port: PORT };
  }

  serve(fleet: Fleet): void {
    this.#fleet = fleet;
  }

  /** Ports of managers whose process is gone are closed, and opened again with it. */
  follow(): void {
    for (const { server, cluster, index } of this.servers) {
      const alive = this.#manager(cluster, index)?.alive ?? true;
      if (server.running !== alive) server.running = alive;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map(({ server }) => server.close()));
  }

  #manager(cluster: string, index: number): ManagerProcess | null {
    return this.#fleet?.managers.filter((entry) => entry.cluster.spec.name === cluster)[index] ?? null;
  }

  #answer(cluster: string, index: number, path: string): Answer {
    const manager = this.#manager(cluster, index);
    if (!manager) return { status: 503, body: "starting" };
    const { now } = manager.cluster.timeline;
    if (path === "/metrics")
      return { type: "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", body: managerPage(manager, now) };
    if (path === "/debug/jobs/list") return { headers: { "x-list-version": "2" }, type: "text/plain", body: jobsList(manager, now) };
    if (path === "/debug/process/state") return { body: "running" };
    if (path === "/health/ready") return { body: "ready" };
    return { status: 404, body: "404 page not found\n" };
  }
}

function hasWholeLoopback(): boolean {
  return process.platform === "linux" && networkInterfaces().lo !== undefined;
}

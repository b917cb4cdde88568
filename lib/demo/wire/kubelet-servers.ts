import type { FakeApiServer } from "../../testing/fake-api/fake-api-server.ts";
import type { ClusterSpec } from "../model/cluster-spec.ts";
import type { ClusterModel } from "../model/cluster.ts";
import type { Fleet } from "../model/fleet.ts";
import type { SimulatedNode } from "../model/node.ts";
import { cadvisorPage } from "./cadvisor-page.ts";
import { resourcePage } from "./resource-page.ts";
import { ServerCertificates } from "./server-certificates.ts";
import { SimulatedServer, type Answer } from "./simulated-server.ts";

/** More pods than this on all nodes together: pages carry only what job monitoring reads. */
const LEAN_PODS = 1500;

/** A kubelet's HTTPS server per node, each on its own port of 127.0.0.1, as the node's `daemonEndpoints` say. */
export class KubeletServers {
  /** The plan's clusters, with ports. */
  readonly clusters: ClusterSpec[];
  readonly servers = new Map<string, SimulatedServer>();
  readonly #apis: ReadonlyMap<string, FakeApiServer>;
  #fleet: Fleet | null = null;

  private constructor(clusters: ClusterSpec[], apis: ReadonlyMap<string, FakeApiServer>) {
    this.clusters = clusters;
    this.#apis = apis;
  }

  static async open(clusters: readonly ClusterSpec[], apis: ReadonlyMap<string, FakeApiServer>): Promise<KubeletServers> {
    const kubelets = new KubeletServers([], apis);
    for (const cluster of clusters) {
      const api = apis.get(cluster.name);
      const certificates =
        api && new ServerCertificates(api.authority, { commonName: `system:node:${cluster.name}`, organization: "system:nodes" });
      const nodes = await Promise.all(
        cluster.nodes.map(async (node) => {
          const server = await SimulatedServer.open({
            name: `kubelet ${node.name}`,
            ...(certificates ? { certificates } : {}),
            answer: (request, url) => kubelets.#answer(cluster.name, node.name, request.headers.authorization, url),
          });
          kubelets.servers.set(node.name, server);
          return { ...node, kubelet: { address: "127.0.0.1", port: server.port } };
        }),
      );
      kubelets.clusters.push({ ...cluster, nodes });
    }
    return kubelets;
  }

  serve(fleet: Fleet): void {
    this.#fleet = fleet;
  }

  async close(): Promise<void> {
    await Promise.all([...this.servers.values()].map((server) => server.close()));
  }

  #answer(cluster: string, name: string, authorization: string | undefined, url: URL): Answer | Promise<Answer> {
    const found = this.#fleet?.node(name);
    const access = this.#apis.get(cluster)?.access;
    if (!found || !access) return { status: 503, body: "starting" };
    // A lost machine answers nothing: the connection stays open.
    if (!found.node.alive) return new Promise<Answer>(() => {});
    const identity = access.identify(authorization, null);
    if (identity.kind !== "user") return { status: 401, body: "Unauthorized" };
    const attributes = { verb: "get", group: "", version: "v1", resource: "nodes", subresource: "metrics", namespace: "", name };
    if (!access.allows(identity.user, attributes))
      return { status: 403, body: `Forbidden (user=${identity.user.name}, verb=get, resource=nodes, subresource=metrics)` };
    return this.#page(found, url.pathname);
  }

  #page({ cluster, node }: { cluster: ClusterModel; node: SimulatedNode }, path: string): Answer {
    const { now } = cluster.timeline;
    const type = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
    const { kernel, osImage, minor } = cluster.spec;
    if (path === "/metrics/cadvisor")
      return { type, body: cadvisorPage(node, now, { kernel, osImage, minor, lean: cluster.pods.size > LEAN_PODS }) };
    if (path === "/metrics/resource") return { type, body: resourcePage(node, now) };
    if (path === "/healthz") return { body: "ok" };
    if (path === "/metrics")
      return {
        type,
        body: `# HELP kubelet_cgroup_version [ALPHA] cgroup version on the hosts.\n# TYPE kubelet_cgroup_version gauge\nkubelet_cgroup_version ${node.spec.cgroup}\n`,
      };
    return { status: 404, body: "404 page not found\n" };
  }
}

import { startProduct } from "../../product.ts";
import { expect, test } from "./fixture.ts";
import { ProductView } from "./product-view.ts";

interface Source {
  source: string;
  state: { state: string; rule?: { resource: string; namespace: string | null } };
}

test("with the rights that the page Sources asks for, every watch is live", async ({ stage }) => {
  const view = new ProductView(stage.product.url);
  const kubernetes = async () =>
    (await view.get<{ items: Source[] }>("/api/v1/sources")).items.filter((one) => one.source.startsWith("kubernetes-"));
  await expect.poll(async () => new Set((await kubernetes()).map((one) => one.state.state))).toEqual(new Set(["live"]));
  expect(await kubernetes()).toHaveLength(5);
});

test("with rights in one namespace only, nodes are forbidden by name and the rest is live", async ({ stage }) => {
  const product = await startProduct({ KUBECONFIG: stage.bed.kubeconfigFor("namespaced"), RUNNERSCOPE_NAMESPACES: "gitlab-runner" });
  try {
    const view = new ProductView(product.url);
    const states = async () => {
      const { items } = await view.get<{ items: Source[] }>("/api/v1/sources");
      return Object.fromEntries(items.filter((one) => one.source.startsWith("kubernetes-")).map((one) => [one.source, one.state.state]));
    };
    await expect.poll(states).toEqual({
      "kubernetes-pods": "live",
      "kubernetes-events": "live",
      "kubernetes-deployments": "live",
      "kubernetes-replicasets": "live",
      "kubernetes-nodes": "forbidden",
    });
    expect((await view.get<{ items: unknown[] }>("/api/v1/managers")).items).toHaveLength(3);
  } finally {
    await product.stop();
  }
});

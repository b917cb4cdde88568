import { startProduct, type Product } from "../../product.ts";
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

async function statesWith(
  env: Record<string, string>,
): Promise<{ product: Product; states: () => Promise<Record<string, string>>; view: ProductView }> {
  const product = await startProduct(env);
  const view = new ProductView(product.url);
  const states = async () => {
    const { items } = await view.get<{ items: Source[] }>("/api/v1/sources");
    return Object.fromEntries(
      items.filter((one) => one.source.startsWith("kubernetes-")).map((one) => [one.source.slice(11), one.state.state]),
    );
  };
  return { product, states, view };
}

test("with rights in one namespace, told to watch that one, all is live but nodes, which are off", async ({ stage }) => {
  const { product, states, view } = await statesWith({
    KUBECONFIG: stage.bed.kubeconfigFor("namespaced"),
    RUNNERSCOPE_NAMESPACES: "gitlab-runner",
  });
  try {
    await expect.poll(states).toEqual({ pods: "live", events: "live", deployments: "live", replicasets: "live", nodes: "off" });
    expect((await view.get<{ items: unknown[] }>("/api/v1/managers")).items).toHaveLength(3);
  } finally {
    await product.stop();
  }
});

test("with rights in one namespace, told to watch all, what is missing is named", async ({ stage }) => {
  const { product, states, view } = await statesWith({ KUBECONFIG: stage.bed.kubeconfigFor("namespaced") });
  try {
    await expect
      .poll(states)
      .toEqual({ pods: "forbidden", events: "forbidden", deployments: "forbidden", replicasets: "forbidden", nodes: "forbidden" });
    const { items } = await view.get<{ items: Source[] }>("/api/v1/sources");
    const pods = items.find((one) => one.source === "kubernetes-pods");
    expect(pods?.state.rule).toMatchObject({ resource: "pods", namespace: null });
  } finally {
    await product.stop();
  }
});

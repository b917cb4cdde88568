import { test as base } from "@playwright/test";
import { KubeApi, readAdmin } from "../../kube-api.ts";
import { startProduct, type Product } from "../../product.ts";
import { startBed, type Bed } from "../bed/bed.ts";
import { PodTruth } from "./pod-truth.ts";

interface Stage {
  bed: Bed;
  product: Product;
  /** As administrator, beside the product: what really happened. */
  api: KubeApi;
  truth: PodTruth;
}

/** One bed and one product for all tests of a worker; the product signs in as its own read-only service account. */
export const test = base.extend<object, { stage: Stage }>({
  stage: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from this pattern
    async ({}, provide) => {
      const bed = await startBed({ log: (text: string) => console.log(text) });
      const api = new KubeApi(readAdmin(bed.kubeconfig));
      const truth = new PodTruth(api, "gitlab-runner");
      await truth.start();
      const product = await startProduct({ KUBECONFIG: bed.kubeconfigFor("dashboard") });
      try {
        await provide({ bed, product, api, truth });
      } finally {
        await product.stop();
        truth.stop();
        api.close();
        await bed.stop();
      }
    },
    { scope: "worker", timeout: 600_000 },
  ],
});

export { expect } from "@playwright/test";

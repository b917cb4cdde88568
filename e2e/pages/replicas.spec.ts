import type { HistoryPage, HistoryKept, HistoryWriting } from "../../lib/history/schema.ts";
import { postgresMissing, startPostgres, type TestPostgres } from "../../lib/testing/start-postgres.ts";
import type { KubeObject } from "../../lib/testing/fake-api/kube-object.ts";
import { startProduct, type Product } from "../product.ts";
import { expect, test } from "./fixture.ts";
import type { Stage } from "./stage.ts";

type Answer = HistoryPage & { kept: HistoryKept; writing: HistoryWriting };

/** A lease or a seat expires after 15 s. */
const LONG = { timeout: 60_000 };
const LEASE = { namespace: "ci", name: "runnerscope" };
const RULES = [
  ...["pods", "events", "nodes", "deployments", "replicasets"].map((resource) => ({
    apiGroup: resource === "deployments" || resource === "replicasets" ? "apps" : "",
    resource,
    verbs: ["get", "list", "watch"],
    namespace: null,
  })),
  { apiGroup: "coordination.k8s.io", resource: "leases", verbs: ["get", "update"], namespace: "ci" },
];

/** Two dashboards in processes of their own on one PostgreSQL: by the database alone, and by a Lease. */
for (const means of ["database", "Lease"] as const)
  test.describe(`two dashboards on one PostgreSQL, chosen by the ${means}`, () => {
    test.skip(postgresMissing !== null, postgresMissing ?? "");
    test.setTimeout(180_000);
    let server: TestPostgres;
    test.beforeAll(async () => {
      server = await startPostgres();
    });
    test.afterAll(() => server?.stop());

    test("the one that writes is killed: the other goes on, no job is missing or twice, nothing counts as unwatched", async ({
      page,
      openStage,
    }) => {
      const env = { DATABASE_URL: server.url, ...(means === "Lease" ? { RUNNERSCOPE_LEASE: "ci/runnerscope" } : {}) };
      const stage: Stage = await openStage({
        env,
        kubeconfig: { user: "dashboard" },
        prepare: ({ api }) => {
          api.setUser("dashboard", RULES);
          api.store.put("leases", { metadata: { ...LEASE } });
        },
      });
      const second = await startProduct(stage.environment);
      const products: Product[] = [stage.product, second];
      const answerOf = async (product: Product): Promise<Answer> => (await (await fetch(`${product.url}/api/v1/history`)).json()) as Answer;
      // Not open yet: no items, no writer.
      const namesOf = async (product: Product) => (await answerOf(product)).items?.map(({ name }) => name) ?? null;
      const writerOf = async (product: Product) => (await answerOf(product)).writing?.writer ?? { here: false, name: null };
      const end = (jobName: string) => {
        const pod = stage.fleet.run({ jobName });
        stage.fleet.delete(pod);
        stage.fleet.finish(pod);
      };
      try {
        await expect.poll(async () => (await Promise.all(products.map(writerOf))).filter(({ here }) => here).length, LONG).toBe(1);
        const [first, other] = (await writerOf(stage.product)).here ? [stage.product, second] : [second, stage.product];
        end("before");
        await expect.poll(() => namesOf(other), LONG).toEqual(["before"]);
        expect(await writerOf(other)).toEqual({ here: false, name: (await writerOf(first)).name });
        await page.goto(`${other.url}/history`);
        await expect(page.getByText("Another dashboard writes them")).toBeVisible();
        process.kill(first.pid, "SIGKILL");
        end("between");
        await expect.poll(() => writerOf(other), LONG).toMatchObject({ here: true });
        end("after");
        await expect.poll(() => namesOf(other), LONG).toEqual(["after", "between", "before"]);
        await page.reload();
        await expect(page.getByText("This dashboard writes them")).toBeVisible();
        expect((await answerOf(other)).kept?.gaps).toEqual([]);
        const lease = stage.api.store.get("leases", LEASE) as KubeObject & { spec?: { holderIdentity?: string } };
        if (means === "Lease") expect(lease.spec?.holderIdentity).toBe((await writerOf(other)).name);
        else expect(lease.spec).toBeUndefined();
        const written = stage.api.requests.all().filter(({ method, request }) => method !== "GET" && request !== "review");
        expect(new Set(written.map(({ path }) => path))).toEqual(
          new Set(means === "Lease" ? ["/apis/coordination.k8s.io/v1/namespaces/ci/leases/runnerscope"] : []),
        );
      } finally {
        await page.close();
        await second.stop();
      }
    });
  });

import type { Page } from "@playwright/test";
import type { Job, Manager, Overview } from "../../../lib/fleet/schema.ts";
import type { ManagerTruth } from "./capacity-truth.ts";
import { expect } from "./fixture.ts";
import type { ProductView } from "./product-view.ts";

/** A ceiling is named within this time of the state being true. */
const NAMED_WITHIN_MS = 15_000;

export const overviewOf = async (view: ProductView) => (await view.get<{ overview: Overview }>("/api/v1/fleet")).overview;
export const managersOf = async (view: ProductView) => (await view.get<{ items: Manager[] }>("/api/v1/managers")).items;
export const heldBy = ({ jobs }: Manager) => (jobs.state === "known" ? jobs.value : []);

export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 120_000): Promise<number> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${timeoutMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return Date.now();
}

interface Ceiling {
  binds: Overview["capacity"]["binds"];
  /** In the API. */
  key: string;
  values?: Overview["capacity"]["sentence"]["values"];
  /** On the first page. */
  says: string | RegExp;
}

/** `since`: when the state became true, by the bed. Prints how long after that the API and the open first page named it. */
export async function expectNamed(
  what: string,
  since: number,
  view: ProductView,
  page: Page,
  { says, ...ceiling }: Ceiling,
): Promise<Overview> {
  const left = () => Math.max(1, since + NAMED_WITHIN_MS - Date.now());
  const named = async () => {
    let told = await overviewOf(view);
    await expect
      .poll(
        async () => {
          told = await overviewOf(view);
          const { binds, sentence } = told.capacity;
          return { binds, key: sentence.key, values: sentence.values };
        },
        { timeout: left(), intervals: [200], message: `${what}, by the API` },
      )
      .toMatchObject(ceiling);
    return { told, after: Date.now() - since };
  };
  const shown = async () => {
    await expect(page.locator(".ceil-say"), `${what}, on the first page`).toHaveText(says, { timeout: left() });
    return Date.now() - since;
  };
  const [{ told, after }, onPage] = await Promise.all([named(), shown()]);
  console.log(
    `${what}: named by the API ${(after / 1_000).toFixed(1)} s after it was true, on the first page ${(onPage / 1_000).toFixed(1)} s`,
  );
  return told;
}

/** false: the witness read nothing in that second. */
export function expectSameList(manager: Manager, truth: ManagerTruth): boolean {
  if (manager.jobs.state === "unknown") return false;
  const said = truth.around(manager.pod, Date.parse(manager.jobs.at)).map(({ jobs }) => [...jobs.keys()].toSorted().join(" "));
  if (said.length === 0) return false;
  expect(said, `${manager.pod} at ${manager.jobs.at}`).toContain(
    heldBy(manager)
      .map(({ jobId }) => String(jobId))
      .toSorted()
      .join(" "),
  );
  return true;
}

/** The manager that the product names for a job is the one that has it on its list, and the way of knowing is that list. */
export async function expectManagers(view: ProductView, truth: ManagerTruth, ids: readonly number[]): Promise<void> {
  const { items } = await view.get<{ items: Job[] }>("/api/v1/jobs?state=live&limit=500");
  for (const id of ids) {
    const holder = [...truth.latest().values()].find((one) => one.jobs.has(String(id)));
    const job = items.find(({ gitlab }) => gitlab.id.state === "known" && gitlab.id.value === String(id));
    expect(job?.manager, `job ${id}`).toMatchObject({ state: "known", value: { pod: holder?.pod, via: "debug-list", doubt: null } });
  }
}

/** On `/managers`: as many cells in the stage of the script as the manager holds, the others free. */
export async function expectCells(page: Page, url: string, managers: readonly Manager[]): Promise<void> {
  await page.goto(`${url}/managers`);
  for (const manager of managers) {
    const card = page.locator(".mcard").filter({ hasText: manager.pod });
    await expect(card.locator('.slot[data-st="script"]')).toHaveCount(heldBy(manager).length);
    await expect(card.locator(".slot.free")).toHaveCount(10 - heldBy(manager).length);
  }
}

// A short campaign: every kind of end once, drawn and in a drawn order. The long one: npm run test:cluster -- campaign
import { report } from "../campaign/report.ts";
import { runCampaign } from "../campaign/run-campaign.ts";
import { expect, test } from "./fixture.ts";

const JOBS = 27;

test(`campaign of ${JOBS} jobs: no kill is missed or invented, no verdict is wrong`, async ({ stage }) => {
  test.setTimeout(480_000);
  const seed = Number(process.env["CAMPAIGN_SEED"] ?? Math.floor(Math.random() * 2 ** 31) + 1);
  const log = (text: string) => console.log(text);
  log(`Campaign with seed ${seed}`);
  const { bed, truth, product } = stage;
  const result = await runCampaign(
    { bed, truth, log },
    { jobs: JOBS, seed, inFlight: 8, url: product.url, disturbances: [], disturb: async () => {}, outages: () => [] },
  );
  const { text, faults } = report(result);
  log(text);
  expect(faults, `seed ${seed}`).toEqual([]);
});

import { describeScenarios, readOptions } from "./read-options.ts";
import { SCENARIOS } from "./scenarios/catalogue.ts";
import { openControlPage } from "./wire/control-page.ts";
import { Simulator } from "./wire/simulator.ts";

/** The simulator's own process. Prints one JSON line with everything a caller needs, then lives until it is told to stop. */
async function main(): Promise<void> {
  if (process.argv.includes("--help")) {
    console.log(`npm run demo -- [--scenario NAME] [--pods N] [--speed X] [--seed S] [--webhook URL]\n\n${describeScenarios()}`);
    return;
  }
  const options = readOptions(process.argv.slice(2));
  const scenario = SCENARIOS[options.scenario];
  if (!scenario) throw new Error(`There is no scenario "${options.scenario}".`);
  const simulator = await Simulator.start({ ...options, plan: scenario.plan({ pods: options.pods }) });
  const control = await openControlPage(simulator, options);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void Promise.allSettled([simulator.stop(), control.close()]).then(() => process.exit(0));
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, stop);
  console.log(
    JSON.stringify({
      environment: simulator.environment,
      api: [...simulator.apis.values()].map((api) => api.url),
      control: control.url,
      prometheus: simulator.prometheus.url,
      scenario: options.scenario,
      seed: options.seed,
      jobPods: simulator.fleet.jobPods,
    }),
  );
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

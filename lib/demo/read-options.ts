import { parseArgs } from "node:util";
import { SCENARIOS } from "./scenarios/catalogue.ts";

export interface DemoOptions {
  scenario: string;
  pods: number | null;
  speed: number;
  seed: number;
  /** Where the simulated GitLab sends its events; null: nowhere. */
  webhook: string | null;
}

/** Reads the flags. Throws with a text for the user when one is wrong; `random` makes the seed when none is given. */
export function readOptions(args: readonly string[], random: () => number = Math.random): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      scenario: { type: "string" },
      pods: { type: "string" },
      speed: { type: "string" },
      seed: { type: "string" },
      webhook: { type: "string" },
    },
  });
  const pods = values.pods === undefined ? null : number("pods", values.pods, 1, 20_000);
  const scenario = values.scenario ?? (pods === null ? "mixed" : "scale");
  if (!Object.hasOwn(SCENARIOS, scenario)) throw new Error(`There is no scenario "${scenario}". Known:\n${describeScenarios()}`);
  if (values.webhook !== undefined && !URL.canParse(values.webhook)) throw new Error(`--webhook must be a URL, not "${values.webhook}".`);
  return {
    scenario,
    pods: pods === null ? null : Math.round(pods),
    speed: values.speed === undefined ? 1 : number("speed", values.speed, 0.1, 60),
    seed: values.seed === undefined ? Math.floor(random() * 1_000_000) : Math.round(number("seed", values.seed, 0, 4_294_967_295)),
    webhook: values.webhook ?? null,
  };
}

function number(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < from || value > to)
    throw new Error(`--${name} must be a number from ${from} to ${to}, not "${text}".`);
  return value;
}

/** One line per scenario. */
export function describeScenarios(): string {
  return Object.entries(SCENARIOS)
    .map(([name, { summary }]) => `  ${name.padEnd(16)} ${summary}`)
    .join("\n");
}

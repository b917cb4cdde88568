import type { Fleet } from "../model/fleet.ts";
import { ordinary, type JobKind } from "./job-kinds.ts";
import { SPECIAL } from "./special-jobs.ts";

/** Jobs arrive as a Poisson process with this mean distance. */
export function arrive(fleet: Fleet, meanMs: number, kind: JobKind = ordinary): void {
  const next = () => {
    fleet.timeline.after(fleet.random.exponential(meanMs), () => {
      fleet.pipeline([kind(fleet.random)]);
      next();
    });
  };
  next();
}

/** One job of each kind after the other, evenly, over and over: within `roundMs` each is there. */
export function rotate(fleet: Fleet, kinds: readonly string[], roundMs: number): void {
  let index = 0;
  fleet.timeline.every(roundMs / kinds.length, () => {
    const kind = SPECIAL[kinds[index++ % kinds.length] ?? ""];
    if (kind) fleet.pipeline([kind(fleet.random)]);
  });
}

/** Fills up to about `count` job pods within `fillMs`, then `perMinute` new ones; lives are long enough that the number stays. */
export function keep(fleet: Fleet, count: number, perMinute: number, fillMs: number, kind: JobKind): void {
  const batch = 50;
  for (let made = 0; made < count; made += batch) {
    const size = Math.min(batch, count - made);
    fleet.timeline.after((made / count) * fillMs, () => fleet.pipeline(Array.from({ length: size }, () => kind(fleet.random))));
  }
  fleet.timeline.after(fillMs, () => arrive(fleet, 60_000 / perMinute, kind));
}

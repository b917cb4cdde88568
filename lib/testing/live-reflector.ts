import { afterEach, expect } from "vitest";
import type { Reflector } from "../kubernetes/server/reflector.ts";
import { scriptReflector, settle, type Thing } from "./scripted-api.ts";

/** Reflectors on scripted servers, stopped after each test of the file that calls this. */
export function keepReflectors() {
  const running: Reflector<Thing>[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((reflector) => reflector.stop()));
  });

  function open(...change: Parameters<typeof scriptReflector>) {
    const all = scriptReflector(...change);
    running.push(all.reflector);
    return all;
  }

  async function live(...change: Parameters<typeof scriptReflector>) {
    const all = open(...change);
    all.reflector.start();
    await settle();
    expect(all.state().state).toBe("live");
    return all;
  }

  return { open, live };
}

import { expect, it } from "vitest";
import { explainExit } from "./prepare-exit.ts";

it.each([
  [0, null, false, null],
  [null, null, false, null],
  [1, "Error", false, "1"],
  [3, "Error", false, "other"],
  [126, "Error", false, "126"],
  [127, "Error", false, "127"],
  [137, "Error", false, "137"],
  [137, "Error", true, "137-late"],
  [137, "OOMKilled", true, "137-oom"],
  [139, "Error", false, "139"],
  [143, "Error", false, "143"],
  [130, "Error", false, "signal"],
])("exit %s, %s, after deletion %s: %s", (code, reason, afterDeletion, say) => {
  expect(explainExit(code, { reason, afterDeletion })?.say ?? null).toBe(say);
});

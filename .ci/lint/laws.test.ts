import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");

/** Each planted file breaks what is named beside it, and nothing else. */
const planted: Record<string, { code: string; expected: string[] }> = {
  "lib/base/upward.ts": { code: 'import { fold } from "../fleet/fold.ts";\nexport const x = fold;\n', expected: ["Law 1"] },
  "lib/kubernetes/stranger.ts": { code: 'import { job } from "../gitlab/schema.ts";\nexport const x = job;\n', expected: ["Law 2"] },
  "lib/fleet/foreign.ts": {
    code: 'import { readPod } from "../kubernetes/read-pod.ts";\nexport const x = readPod;\n',
    expected: ["Law 3"],
  },
  "lib/fleet/impure.ts": { code: "export const now = () => Date.now() + new Date().getTime();\n", expected: ["Law 3", "Law 3"] },
  "lib/stream/source.ts": { code: 'import { pod } from "../kubernetes/schema.ts";\nexport const x = pod;\n', expected: ["Law 4"] },
  "lib/history/stream.ts": { code: 'import { frame } from "../stream/frame.ts";\nexport const x = frame;\n', expected: ["Law 4"] },
  "components/jobs/runtime.ts": {
    code: 'import { runtime } from "@/lib/runtime/runtime.ts";\nexport const x = runtime;\n',
    expected: ["Law 5"],
  },
  "components/jobs/server-half.ts": {
    code: 'import { hub } from "@/lib/stream/server/hub.ts";\nexport const x = hub;\n',
    expected: ["Law 7"],
  },
  "lib/stream/client/server-half.ts": { code: 'import { hub } from "../server/hub.ts";\nexport const x = hub;\n', expected: ["Law 6"] },
  "lib/kubernetes/server/open.ts": { code: "export const x = 1;\n", expected: ["Law 6"] },
  "components/ui/domain.ts": { code: 'import { job } from "@/lib/fleet/schema.ts";\nexport const x = job;\n', expected: ["Law 7"] },
  "components/jobs/weight.ts": {
    code: 'import { jobSchema } from "@/lib/fleet/schema.ts";\nexport const x = jobSchema;\n',
    expected: ["Law 7"],
  },
  "components/jobs/type.ts": { code: 'import type { Job } from "@/lib/fleet/schema.ts";\nexport type X = Job;\n', expected: [] },
  "components/jobs/fold.ts": { code: 'import { fold } from "@/lib/fleet/fold.ts";\nexport const x = fold;\n', expected: ["Law 7"] },
  "lib/stream/page.ts": { code: 'import { page } from "@/app/page.tsx";\nexport const x = page;\n', expected: ["Law 8"] },
  "components/jobs/fake.ts": { code: 'import { fake } from "@/lib/testing/fake.ts";\nexport const x = fake;\n', expected: ["Law 8"] },
  "lib/base/utils.ts": { code: "export const x = 1;\n", expected: ["Law 9"] },
  "components/jobs/index.ts": { code: "export const x = 1;\n", expected: ["Law 9"] },
  "components/a/b/c/d/e/deep.ts": { code: "export const x = 1;\n", expected: ["Law 9"] },
  "lib/base/long-file.ts": {
    code: `${Array.from({ length: 251 }, (_, i) => `export const x${i} = ${i};`).join("\n")}\n`,
    expected: ["max-lines"],
  },
  "lib/base/long-function.ts": {
    code: `export function long() {\n${Array.from({ length: 60 }, (_, i) => `  const x${i} = ${i};\n  void x${i};`).join("\n")}\n}\n`,
    expected: ["max-lines-per-function"],
  },
  "lib/base/default-export.ts": { code: "const x = 1;\nexport default x;\n", expected: ["no-default-export"] },
  "lib/base/floating.ts": {
    code: "async function go(): Promise<void> {}\nexport function start(): void {\n  go();\n}\n",
    expected: ["no-floating-promises"],
  },
  "lib/base/loose.ts": { code: "export const x = (value: any) => value;\n", expected: ["no-explicit-any"] },
  "lib/base/fine.ts": { code: "export const x = 1;\n", expected: [] },
  "lib/fleet/fine.ts": {
    code: 'import type { Resources } from "../kubernetes/schema.ts";\nimport { x } from "../base/fine.ts";\nexport const y = (amount: Resources) => [amount, x];\n',
    expected: [],
  },
  "lib/kubernetes/schema.ts": { code: "export interface Resources {\n  cpu: number;\n}\n", expected: [] },
  "components/jobs/type-crosses.ts": { code: 'import { use } from "@/lib/stream/client/use.ts";\nexport const x = use;\n', expected: [] },
};

let found: Record<string, string[]> = {};
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "laws-"));
  const config = JSON.parse(readFileSync(path.join(root, ".oxlintrc.json"), "utf8"));
  config.jsPlugins = [path.join(root, ".ci/lint/laws.ts")];
  writeFileSync(path.join(folder, ".oxlintrc.json"), JSON.stringify(config));
  writeFileSync(path.join(folder, "tsconfig.json"), readFileSync(path.join(root, "tsconfig.json")));
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  for (const [file, { code }] of Object.entries(planted)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), code);
  }
  found = lint(folder);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lint(cwd: string): Record<string, string[]> {
  let output: string;
  try {
    output = execFileSync(process.execPath, [path.join(root, "node_modules/oxlint/bin/oxlint"), "-f", "json"], {
      cwd,
      encoding: "utf8",
      env: { ...process.env, RUNNERSCOPE_LINT_ROOT: cwd },
    });
  } catch (failure) {
    output = (failure as { stdout: string }).stdout;
  }
  const result: Record<string, string[]> = {};
  for (const { message, code, filename } of JSON.parse(output).diagnostics as { message: string; code: string; filename: string }[]) {
    const name = /^Law \d+/.exec(message)?.[0] ?? /\((.+)\)/.exec(code)?.[1] ?? code;
    (result[path.relative(cwd, path.resolve(cwd, filename))] ??= []).push(name);
  }
  return result;
}

describe("the laws of the architecture", () => {
  it.each(Object.entries(planted))("%s", (file, { expected }) => {
    expect(found[file] ?? []).toEqual(expected);
  });

  it("finds nothing beyond the planted files", () => {
    expect(Object.keys(found).filter((file) => !(file in planted))).toEqual([]);
  });

  it("every message of a law names a remedy", () => {
    const messages = readFileSync(path.join(root, ".ci/lint/check-import.ts"), "utf8").match(/message: [`"'].*/g) ?? [];
    expect(messages.length).toBeGreaterThan(10);
    for (const message of messages) expect(message).toMatch(/\. (Move|Sources are|Take|Let|Pass|Derive|Use|Flatten|Name|Import)/);
  });
});

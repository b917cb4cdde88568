import type { VerdictKind } from "../../../lib/fleet/schema.ts";
import { gradePeaks, gradeThrottling, type Measured } from "./grade-usage.ts";
import { gradeKills, gradeVerdict, trueVerdicts, type Grade } from "./grade-verdict.ts";
import { classOf } from "./job-classes.ts";
import type { CampaignResult, Result } from "./run-campaign.ts";

export interface Report {
  text: string;
  /** What the campaign asks for and did not get. */
  faults: string[];
}

/**
 * Verdicts about the present; claims of any other kind while the pod is there must hold in the end. `script-failed` holds also where a
 * kill was the cause: that is GitLab's own word, and the kubelet tells of the kill only when the container ends.
 */
const PRESENT = /^(running|waiting-|dind-not-ready|service-failed)/;
/** In a class, so many may be wrong. */
const WRONG_SHARE = 0.01;

/** Confusion matrix, recall of kills, figures against the cgroups' own, and every wrong or undecided word with its evidence. */
export function report({ results, outageFaults, unseen, seconds }: CampaignResult): Report {
  // A job that is not there because nobody watched is no kill that was overlooked: the gap says it.
  const known = results.filter(({ truth }) => !unseen.absent.has(truth.draw.index));
  const kills = known.map(({ truth, job }) => ({ truth, ...gradeKills(truth, job) }));
  const found = kills.flatMap((one) => one.found).length;
  const missed = kills.flatMap(({ truth, missed: some }) =>
    some.map((kill) => `job-${truth.draw.index} (${truth.draw.name}): ${kill.container}${kill.nested ? ", nested" : ""}`),
  );
  const invented = kills.flatMap(({ truth, invented: some }) =>
    some.map((name) => `job-${truth.draw.index} (${truth.draw.name}): ${name}`),
  );
  const vanished = kills.flatMap((one) => one.vanished).length;
  const wrong = results.filter(({ truth, job }) => gradeVerdict(truth, job) === "wrong");
  const undecided = results.filter(({ truth, job }) => gradeVerdict(truth, job) === "undecided");
  const early = results.flatMap(earlyClaims);
  const throttling = results.flatMap(({ truth, job }) => gradeThrottling(truth, job));
  const peaks = results.flatMap(({ truth, job }) => gradePeaks(truth, job));
  const text = [
    ...matrix(results),
    "",
    `OOM kills logged by the kernel: ${found + missed.length} containers; told ${found}, recall ${percent(found, found + missed.length)}; invented ${invented.length}; in nested cgroups that were gone before anybody could look: ${vanished}, not told`,
    ...indent([...missed.map((one) => `missed: ${one}`), ...invented.map((one) => `invented: ${one}`)]),
    usageLine("Throttled share, containers that lived 30 s or more, within 10 points of cpu.stat", throttling),
    ...indent(throttling.filter((one) => one.grade !== "exact").map((one) => describe(one, (share) => percent(share, 1)))),
    usageLine("Peak of memory, containers that lived 30 s or more, within 10 % of the kernel's mark", peaks),
    ...indent(peaks.filter((one) => one.grade === "wrong").map((one) => describe(one, mebibytes))),
    ...indent(byClass(peaks.filter((one) => one.grade === "older"))),
    `Ends while the product could not watch: ${unseen.late} told late by the API server, ${unseen.said} said to be missed, ${unseen.absent.size} not there, ${unseen.claimed.length} claimed`,
    ...indent([...unseen.claimed, ...outageFaults]),
    ...wrong.flatMap((one) => words("WRONG", one)),
    ...undecided.flatMap((one) => words("undecided", one)),
    ...early,
    `${results.length} jobs in ${Math.round(seconds)} s`,
  ].join("\n");
  return {
    text,
    faults: [
      ...missed.map((one) => `OOM kill missed: ${one}`),
      ...invented.map((one) => `OOM kill invented: ${one}`),
      ...results.flatMap(({ truth }) =>
        classOf(truth.draw).kills && truth.kills.length === 0 ? [`nothing was killed in job-${truth.draw.index} (${truth.draw.name})`] : [],
      ),
      ...tooManyWrong(results),
      ...known.flatMap(({ truth, job }) =>
        gradeVerdict(truth, job) === "absent" ? [`not there: job-${truth.draw.index} (${truth.draw.name})`] : [],
      ),
      ...early,
      ...[...throttling, ...peaks]
        .filter((one) => one.grade === "wrong")
        .map((one) => `figure is wrong: job-${one.job} (${one.className}) ${one.container}`),
      ...unseen.claimed,
      ...outageFaults,
    ],
  };
}

function matrix(results: readonly Result[]): string[] {
  const classes = [...new Set(results.map(({ truth }) => truth.draw.name))].toSorted();
  const width = Math.max(...classes.map((name) => name.length));
  const head = `${"class".padEnd(width)}  jobs right undecided wrong absent  unknown  verdicts of the product`;
  const lines = classes.map((name) => {
    const some = results.filter(({ truth }) => truth.draw.name === name);
    const count = (grade: Grade) => some.filter(({ truth, job }) => gradeVerdict(truth, job) === grade).length;
    const undecided = count("undecided");
    const cells = [some.length, count("right"), undecided, count("wrong"), count("absent")].map((value, at) =>
      String(value).padStart([4, 5, 9, 5, 6][at] ?? 5),
    );
    const present = [...new Set(some.flatMap(({ live }) => [...live]))].filter((kind) => !PRESENT.test(kind) && kind !== "unknown");
    const before = present.length === 0 ? "" : `; while the pod was there: ${present.join(", ")}`;
    return `${name.padEnd(width)}  ${cells.join(" ")}  ${percent(undecided, some.length).padStart(7)}  ${tally(some)}${before}`;
  });
  return [head, ...lines];
}

/** How often each verdict was given: `oom-killed confirmed ×3`. */
function tally(results: readonly Result[]): string {
  const counts = new Map<string, number>();
  for (const { job } of results) {
    const key = job === null ? "no such job" : job.verdict.kind === "unknown" ? "unknown" : `${job.verdict.kind} ${job.verdict.certainty}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .map(([key, count]) => `${key} ×${count}`)
    .join(", ");
}

function earlyClaims({ truth, live }: Result): string[] {
  const right: VerdictKind[] = [...trueVerdicts(truth)];
  if (truth.record.failure_reason === "script_failure") right.push("script-failed");
  const wrong = [...live].filter((kind) => !PRESENT.test(kind) && kind !== "unknown" && !right.includes(kind));
  return wrong.map(
    (kind) => `while it lived job-${truth.draw.index} (${truth.draw.name}) was called ${kind}; it became ${truth.record.state}`,
  );
}

/** What the product says of a job, with its evidence, beside what is true. */
function words(grade: string, { truth, job }: Result): string[] {
  if (job === null) return [];
  const { verdict } = job;
  const { record, draw } = truth;
  const gitlab = [record.state, record.failure_reason, record.exit_code].filter((part) => part !== null).join(" ");
  return [
    `${grade} job-${draw.index} (${draw.name}, ${record.id}): ${verdict.kind} ${verdict.certainty}; true: ${trueVerdicts(truth).join(" or ")}; GitLab: ${gitlab}; ending ${job.ending}`,
    `    ${verdict.sentence}`,
    ...verdict.evidence.map((one) => `    ${one.at ?? "–"}  ${one.source}: ${one.field} = ${one.value}`),
    ...job.findings.map((one) => `    finding ${one.kind} ${one.certainty} ${one.container ?? ""}: ${one.sentence}`),
  ];
}

function tooManyWrong(results: readonly Result[]): string[] {
  return [...new Set(results.map(({ truth }) => truth.draw.name))].flatMap((name) => {
    const some = results.filter(({ truth }) => truth.draw.name === name);
    const wrong = some.filter(({ truth, job }) => gradeVerdict(truth, job) === "wrong").length;
    return wrong / some.length > WRONG_SHARE ? [`${name}: ${wrong} of ${some.length} verdicts are wrong`] : [];
  });
}

function usageLine(title: string, measured: readonly Measured[]): string {
  const count = (grade: Measured["grade"]) => measured.filter((one) => one.grade === grade).length;
  return `${title}: ${measured.length}; exact ${count("exact")}, right when sampled and more since ${count("older")}, unseen ${count("unseen")}, wrong ${count("wrong")}`;
}

function describe({ job, className, container, product, atEnd, atSample, grade }: Measured, format: (value: number) => string): string {
  const at = atSample === null ? "not read" : `${format(atSample.low)}–${format(atSample.high)}`;
  return `${grade}: job-${job} (${className}) ${container}: product ${product === null ? "–" : format(product)}, cgroup then ${at}, at its end ${format(atEnd)}`;
}

/** `oom-helper helper ×3`. */
function byClass(measured: readonly Measured[]): string[] {
  const counts = new Map<string, number>();
  for (const { className, container } of measured)
    counts.set(`${className} ${container}`, (counts.get(`${className} ${container}`) ?? 0) + 1);
  return counts.size === 0 ? [] : [`more since: ${[...counts].map(([key, count]) => `${key} ×${count}`).join(", ")}`];
}

const indent = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
const percent = (part: number, whole: number) => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`);
const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

import type { GitlabJob } from "../model/gitlab.ts";
import type { ManagerProcess } from "../model/manager.ts";

const HEADERS: Readonly<Record<string, string>> = {
  prepare_executor: 'Preparing the "kubernetes" executor',
  prepare_script: "Preparing environment",
  get_sources: "Getting source from Git repository",
  step_script: 'Executing "step_script" stage of the job script',
  after_script: "Running after_script",
  upload_artifacts_on_success: "Uploading artifacts for successful job",
  upload_artifacts_on_failure: "Uploading artifacts for failed job",
  cleanup_file_variables: "Cleaning up project directory and file based variables",
};

/** One line with the stamp of FF_TIMESTAMPS (common/buildlogger/internal/timestamper): stream 00 is the manager, 01 the job. */
function line(at: number, text: string, stream = "00O", continued = false): string {
  return `${new Date(at).toISOString().slice(0, 23)}000Z ${stream}${continued ? "+" : " "}${text}\n`;
}

/** The job's trace as it stands now, with section markers (helpers/build_section.go). Empty while nobody runs it. */
export function buildTrace(job: GitlabJob, manager: ManagerProcess | null): string {
  if (job.startedAt === null) return "";
  const entries: { at: number; order: number; text: string }[] = [];
  let order = 0;
  const add = (at: number, text: string) => entries.push({ at, order: order++, text });
  const runner = manager?.runner;
  add(
    job.startedAt,
    line(job.startedAt, `\u001b[0KRunning with gitlab-runner ${runner?.version ?? "19.4.0"} (${runner?.revision ?? "fc1f1862"})\u001b[0;m`),
  );
  add(
    job.startedAt,
    line(
      job.startedAt,
      `\u001b[0K  on ${runner?.name ?? "runner"} ${manager?.shortToken ?? ""}, system ID: ${job.systemId ?? ""}\u001b[0;m`,
    ),
  );
  for (const section of job.sections) addSection(job, section, add);
  for (const said of job.lines)
    add(
      said.at,
      line(said.at, `\u001b[0K${said.text}\u001b[0;m`, said.text.startsWith("ERROR") || said.text.startsWith("Waiting") ? "00E" : "01O"),
    );
  return entries
    .toSorted((a, b) => a.at - b.at || a.order - b.order)
    .map((entry) => entry.text)
    .join("");
}

function addSection(job: GitlabJob, section: GitlabJob["sections"][number], add: (at: number, text: string) => void): void {
  const { name, startedAt, endedAt } = section;
  const unix = (ms: number) => Math.floor(ms / 1000);
  add(startedAt, line(startedAt, `section_start:${unix(startedAt)}:${name}\r\u001b[0K`));
  add(startedAt, line(startedAt, `\u001b[0K\u001b[36;1m${HEADERS[name] ?? name}\u001b[0;m\u001b[0;m`, "00O", true));
  if (name === "prepare_executor")
    add(startedAt, line(startedAt, `\u001b[0KUsing Kubernetes executor with image ${job.spec.image} ...\u001b[0;m`));
  if (name === "get_sources" && job.pod !== null)
    add(startedAt - 1, line(startedAt - 1, `Running on ${job.pod} via ${job.managerPod ?? ""}...`, "01O"));
  if (name === "step_script")
    add(startedAt + 1, line(startedAt + 1, `\u001b[32;1m$ make ${job.spec.name.replaceAll(" ", "-")}\u001b[0;m`, "01O"));
  if (endedAt !== null) add(endedAt, line(endedAt, `section_end:${unix(endedAt)}:${name}\r\u001b[0K`));
}

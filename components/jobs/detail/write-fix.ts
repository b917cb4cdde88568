import { valueOf } from "@/lib/base/known.ts";
import type { Job, Sentence } from "@/lib/fleet/schema.ts";

/** Variables of the Kubernetes executor, by the remedy that names them (docs.gitlab.com/runner/executors/kubernetes, "Overwrite container resources"). */
const JOB_VARIABLES: Readonly<Record<string, string>> = {
  "remedy.memory.build": "KUBERNETES_MEMORY_LIMIT",
  "remedy.memory.helper": "KUBERNETES_HELPER_MEMORY_LIMIT",
  "remedy.cpu.build": "KUBERNETES_CPU_LIMIT",
  "remedy.cpu.helper": "KUBERNETES_HELPER_CPU_LIMIT",
};
const SERVICE_VARIABLES: Readonly<Record<string, string>> = {
  "remedy.memory.service": "KUBERNETES_SERVICE_MEMORY_LIMIT",
  "remedy.cpu.service": "KUBERNETES_SERVICE_CPU_LIMIT",
};

/** The change of a remedy as the lines of `.gitlab-ci.yml`; null: it is none of that file, or its value is not known. */
export function writeFix(remedy: Sentence, job: Pick<Job, "gitlab" | "containers">): string | null {
  const name = yamlKey(valueOf(job.gitlab.name) ?? "job");
  const value = remedy.values["value"];
  const variable = JOB_VARIABLES[remedy.key];
  if (variable !== undefined && value !== undefined && value !== "none")
    return [`${name}:`, "  variables:", `    ${variable}: ${yamlText(String(value))}`].join("\n");
  const service = job.containers.find((container) => container.name === remedy.values["container"]);
  if (service === undefined) return remedy.key === "remedy.dind-tls" ? plainDocker(name) : null;
  const serviceVariable = SERVICE_VARIABLES[remedy.key];
  if (serviceVariable !== undefined && value !== undefined && value !== "none")
    return [...serviceLines(name, service), "      variables:", `        ${serviceVariable}: ${yamlText(String(value))}`].join("\n");
  if (remedy.key === "remedy.dind") return [`${name}:`, "  before_script:", "    - until docker info; do sleep 1; done"].join("\n");
  return null;
}

function plainDocker(name: string): string {
  return [`${name}:`, "  variables:", "    DOCKER_HOST: tcp://docker:2375", '    DOCKER_TLS_CERTDIR: ""'].join("\n");
}

function serviceLines(name: string, { image, aliases }: Job["containers"][number]): string[] {
  const alias = aliases[0];
  return [`${name}:`, "  services:", `    - name: ${yamlText(image)}`, ...(alias === undefined ? [] : [`      alias: ${yamlText(alias)}`])];
}

/** A string of JSON is one of YAML (YAML 1.2, 1.3). */
const yamlText = (text: string) => JSON.stringify(text);
const yamlKey = (text: string) => (/^[A-Za-z][\w.-]*$/.test(text) ? text : yamlText(text));

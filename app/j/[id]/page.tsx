import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { connection } from "next/server";
import { getTranslations } from "next-intl/server";
import { FindJob } from "@/components/jobs/detail/find-job.tsx";
import { jobPathOfKey, readPathPart } from "@/components/jobs/detail/job-path.ts";
import { findByGitlabId } from "@/lib/runtime/find-by-gitlab-id.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";

interface FindPageProps {
  params: Promise<{ id: string }>;
}

export async function generateMetadata({ params }: FindPageProps): Promise<Metadata> {
  const t = await getTranslations("job");
  const { id } = await params;
  return { title: t("find.title", { id: readPathPart(id) ?? id }) };
}

/** `/j/<GitLab job id>`: straight to the job's page when one pod carries the number, else a choice or a reason. */
export default async function FindPage({ params }: FindPageProps) {
  await connection();
  const raw = await params;
  const id = (readPathPart(raw.id) ?? raw.id).trim();
  const valid = /^\d{1,19}$/.test(id);
  const jobs = valid ? await findByGitlabId(await getRuntime(), id) : [];
  const only = jobs.length === 1 ? jobs[0] : undefined;
  if (only !== undefined) redirect(jobPathOfKey(only.key));
  const found = jobs.map(({ key, pod, cluster, namespace, createdAt, verdict }) => ({
    key,
    pod,
    cluster,
    namespace,
    createdAt,
    verdict: { kind: verdict.kind, certainty: verdict.certainty },
  }));
  return <FindJob id={id} valid={valid} found={found} />;
}

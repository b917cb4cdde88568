import type { Metadata } from "next";
import { connection } from "next/server";
import { getTranslations } from "next-intl/server";
import { JobMissing } from "@/components/jobs/detail/job-missing.tsx";
import { readPathPart } from "@/components/jobs/detail/job-path.ts";
import { JobView } from "@/components/jobs/detail/job-view.tsx";
import { jobContext } from "@/lib/runtime/job-context.ts";
import { jobSnapshot } from "@/lib/runtime/job-snapshot.ts";
import { getRuntime } from "@/lib/runtime/runtime.ts";
import { JobLiveProvider } from "@/lib/stream/client/use-live.tsx";

interface JobPageProps {
  params: Promise<{ cluster: string; uid: string }>;
}

async function readParams(params: JobPageProps["params"]): Promise<{ cluster: string; uid: string; key: string }> {
  const raw = await params;
  const cluster = readPathPart(raw.cluster) ?? raw.cluster;
  const uid = readPathPart(raw.uid) ?? raw.uid;
  return { cluster, uid, key: `${cluster}/${uid}` };
}

/** What of a log may be read here, and whether what would give it is connected. */
function logAccess({ config, gitlab }: Awaited<ReturnType<typeof getRuntime>>) {
  const trace = !config.logs.gitlab ? "off" : gitlab === null ? "not-connected" : "on";
  return { gitlab: trace, pods: config.logs.pods && config.recording === null } as const;
}

export async function generateMetadata({ params }: JobPageProps): Promise<Metadata> {
  await connection();
  const { cluster, uid } = await readParams(params);
  const t = await getTranslations("job");
  const name = (await (await getRuntime()).find(cluster, uid))?.job.gitlab.name;
  return { title: name?.state === "known" ? name.value : t("title") };
}

export default async function JobPage({ params }: JobPageProps) {
  await connection();
  const { cluster, uid, key } = await readParams(params);
  const runtime = await getRuntime();
  const found = await jobSnapshot(runtime, cluster, uid);
  if (found === null) return <JobMissing cluster={cluster} uid={uid} />;
  const context = await jobContext(runtime, found.job);
  return (
    <JobLiveProvider key={key} initial={found.initial} jobKey={key} live={found.live}>
      <JobView cluster={cluster} uid={uid} logs={logAccess(runtime)} context={context} />
    </JobLiveProvider>
  );
}

/** A job as the fake holds it; the wire shapes are made of it. Times are ISO. */
export interface FakeJob {
  id: number;
  projectId: number;
  name: string;
  status: string;
  tags: string[];
  createdAt: string;
  queuedAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  failureReason: string | null;
  exitCode: number | null;
  systemId: string | null;
}

export interface FakeRunner {
  id: number;
  description: string;
  shortSha: string;
  tags: string[];
  paused: boolean;
  managers: { systemId: string; version: string }[];
}

export function fakeJob(over: Partial<FakeJob> & { id: number }): FakeJob {
  return {
    projectId: 1,
    name: `job ${over.id}`,
    status: "running",
    tags: ["k8s"],
    createdAt: "2026-11-25T00:00:00.000Z",
    queuedAt: "2026-11-25T00:00:01.000Z",
    startedAt: over.status === "pending" ? null : "2026-11-25T00:00:04.000Z",
    finishedAt: null,
    failureReason: null,
    exitCode: null,
    systemId: over.status === "pending" ? null : "r_AAAAAAAAAAAA",
    ...over,
  };
}

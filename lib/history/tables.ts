/** The tables as both databases have them. Times are milliseconds since the epoch (integers), so that they index and compare alike. */
export interface JobTable {
  cluster: string;
  uid: string;
  namespace: string;
  pod: string;
  node: string | null;
  gitlab_id: string | null;
  gitlab_url: string | null;
  name: string | null;
  /** Lower case, for finding by the beginning of the name. */
  name_key: string | null;
  project: string | null;
  project_key: string | null;
  ref: string | null;
  runner: string | null;
  image: string | null;
  failure_reason: string | null;
  verdict: string;
  certainty: string;
  container: string | null;
  created_at: number;
  ended_at: number;
  /** Nobody saw when it ended: after this, and before `ended_at`. null: it was seen. */
  ended_after: number | null;
  /** The whole job as JSON (`jobSchema`), with its events; what the permalink shows. */
  document: string;
}

export interface FindingTable {
  cluster: string;
  uid: string;
  kind: string;
  ended_at: number;
}

/** One row a watch: from when to when this cluster was watched. */
export interface WatchTable {
  id: string;
  cluster: string;
  started_at: number;
  seen_at: number;
}

/** One row: who writes to a database that several processes share. `term` moves with each holder, `beat` while one holds it. */
export interface WriterTable {
  id: number;
  name: string;
  term: number;
  beat: number;
}

export interface Tables {
  job: JobTable;
  finding: FindingTable;
  watch: WatchTable;
  writer: WriterTable;
}

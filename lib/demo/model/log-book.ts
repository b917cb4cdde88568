/** Where container logs go: `key` is `<namespace>/<pod>/<container>`, `at` in ms. */
export interface LogSink {
  append(key: string, line: string, at: number): void;
  /** The pod is gone, and its logs with it. */
  forget(podKey: string): void;
}

export const NO_LOGS: LogSink = { append: () => {}, forget: () => {} };

/** What dockerd prints until it listens, and when it does (moby daemon). */
export function dockerdStart(at: number): string[] {
  const time = new Date(at).toISOString();
  return [
    `time="${time}" level=info msg="Starting up"`,
    `time="${time}" level=info msg="containerd successfully booted in 0.031022s"`,
    `time="${time}" level=info msg="Loading containers: start."`,
  ];
}

export function dockerdReady(at: number): string[] {
  const time = new Date(at).toISOString();
  return [
    `time="${time}" level=info msg="Loading containers: done."`,
    `time="${time}" level=info msg="Daemon has completed initialization"`,
    `time="${time}" level=info msg="API listen on [::]:2375"`,
  ];
}

/** First lines and the line of readiness of the services that are known; others say nothing. */
export function serviceLines(image: string, ready: boolean, at: number): string[] {
  const time = new Date(at).toISOString().replace("T", " ").slice(0, 23);
  if (/(^|\/)docker:.*dind/.test(image)) return ready ? dockerdReady(at) : dockerdStart(at);
  if (/(^|\/)postgres:/.test(image))
    return [
      ready
        ? `${time} UTC [1] LOG:  database system is ready to accept connections`
        : `${time} UTC [1] LOG:  starting PostgreSQL 17.2 on x86_64-pc-linux-gnu`,
    ];
  if (/(^|\/)redis:/.test(image))
    return [
      ready
        ? "1:M * Ready to accept connections tcp"
        : "1:C * Redis version=7.4.1, bits=64, commit=00000000, modified=0, pid=1, just started",
    ];
  return [];
}

/** The JSON line that a stage script prints at its start and its exit (shells/bash.go); the path ends with the stage. */
export function scriptStart(scripts: string, stage: string): string {
  return JSON.stringify({ script: `${scripts}/${stage}` });
}

export function scriptExit(scripts: string, stage: string, code: number): string {
  return JSON.stringify({ command_exit_code: code, script: `${scripts}/${stage}` });
}

/**
 * Secrets where real ones sit in runner pods (variables of the job, arguments of services, copies of the spec, messages).
 * A test that finds one of these behind the API server has found a leak.
 */
export const PLANTED = {
  env: "planted-env-d8f1c2a09b",
  serviceEnv: "planted-service-env-77ac10be",
  args: "planted-args-5b1e9d3f44",
  command: "planted-command-c0ffee8812",
  lastApplied: "planted-last-applied-0a9f3b71",
  annotation: "planted-annotation-e4417fd2",
  label: "planted-label-31bb5c90",
  terminationMessage: "planted-termination-log-9c2d77a1",
  imagePassword: "planted-image-password-6f0e21",
  pullMessagePassword: "planted-pull-message-pw-8d1c55",
  eventToken: "planted-event-token-4e7ab09c",
  volume: "planted-volume-attribute-2f90ab",
} as const;

/** All of them. */
export const PLANTED_SECRETS: readonly string[] = Object.values(PLANTED);

import { z } from "zod";
import type { PrometheusSettings } from "../metrics/server/prometheus-client.ts";
import { pemFile } from "./config-values.ts";

/** Variables of a Prometheus-compatible server, as `config.ts` reads them. */
export const prometheusVariables = {
  PROMETHEUS_URL: {
    schema: z.string().regex(/^https?:\/\/[^\s@?#]+$/, "is not an http or https URL without user, query and fragment"),
    remedy: "Give the address below which /api/v1/query is (Mimir: with /prometheus), or leave it out.",
  },
  PROMETHEUS_TOKEN_FILE: {
    schema: z.string().max(4_000, "is longer than a path may be"),
    remedy: "Give a file that holds a bearer token; it is read again when it changes. Leave it out to send none.",
  },
  PROMETHEUS_CA_FILE: { schema: pemFile, remedy: "Give a PEM file with the CA of its certificate, or leave it out for the public ones." },
  PROMETHEUS_TENANT: {
    // Grafana Mimir, "About tenant IDs": these characters, `|` between several.
    schema: z.string().regex(/^[A-Za-z0-9!_.*'()|-]{1,150}$/, "is not a tenant ID"),
    remedy: "Give the tenant to ask for (header X-Scope-OrgID, for Mimir and Cortex), or leave it out.",
  },
} as const;
type Name = keyof typeof prometheusVariables;
type Values = { [N in Name]: z.infer<(typeof prometheusVariables)[N]["schema"]> | undefined };

/** What the variables say together; null: none is used. `wrong` is told of a variable that means nothing without the address. */
export function readPrometheus(
  values: Values,
  wrong: (variable: Name, message: string, remedy: string) => void,
): PrometheusSettings | null {
  const { PROMETHEUS_URL: url, PROMETHEUS_TOKEN_FILE: tokenFile, PROMETHEUS_CA_FILE: ca, PROMETHEUS_TENANT: tenant } = values;
  if (url !== undefined) return { url: url.replace(/\/+$/, ""), tokenFile: tokenFile ?? null, ca: ca ?? null, tenant: tenant ?? null };
  for (const name of ["PROMETHEUS_TOKEN_FILE", "PROMETHEUS_CA_FILE", "PROMETHEUS_TENANT"] as const)
    if (values[name] !== undefined) wrong(name, "is set although PROMETHEUS_URL is not", "Set PROMETHEUS_URL too, or leave it out.");
  return null;
}

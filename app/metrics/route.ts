import { getRuntime } from "@/lib/runtime/runtime.ts";

export const dynamic = "force-dynamic";

/** The dashboard's own figures for Prometheus. */
export async function GET(): Promise<Response> {
  const { metrics } = await getRuntime();
  return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType, "cache-control": "no-store" } });
}

/** Next calls this once when the server starts: the watches open before the first visitor comes. */
export async function register(): Promise<void> {
  if (process.env["NEXT_RUNTIME"] !== "nodejs" || process.env["NEXT_PHASE"] === "phase-production-build") return;
  const { getRuntime } = await import("./lib/runtime/runtime.ts");
  await getRuntime();
}

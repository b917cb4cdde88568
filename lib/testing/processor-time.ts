/**
 * Milliseconds of this process's processor time that `work` takes. For guards against quadratic code, whose bounds are ten times and more what the
 * right code needs: unlike wall time it does not grow when the machine is busy with something else.
 */
export async function processorMs(work: () => unknown): Promise<number> {
  const from = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1_000;
}

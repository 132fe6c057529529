/**
 * Runs every step in turn, also after a step that failed, so that each resource is closed.
 *
 * @throws the first failure, when all steps have run
 */
export async function runAll(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

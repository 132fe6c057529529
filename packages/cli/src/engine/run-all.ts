/**
 * Takes every step, one after the other, also those after one that failed: what is left open would outlive the process.
 *
 * @throws the first failure, when all steps were taken
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

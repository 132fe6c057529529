import { InputError, type PlanPreview, type PlanRequest } from "../src/index.ts";
import type { TemporaryLedger } from "./temporary-ledger.ts";

/** Plans the rejects file of a plan again, unchanged. Returns the number of rows to send. */
export async function sentOfUntouchedRejects(
  { path, plan }: TemporaryLedger,
  planned: PlanPreview,
  request: Partial<PlanRequest> = {},
): Promise<number> {
  const rejects = path(`in.rejects.${planned.rejectsFormat}`);
  await planned.writeRejects(rejects);
  try {
    return (await plan({}, { ...request, inputs: [{ path: rejects }] })).record.counts.to_send;
  } catch (error) {
    // If no line is a record, there is no column either.
    if (error instanceof InputError) return 0;
    throw error;
  }
}

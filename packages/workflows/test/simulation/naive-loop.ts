import { isApiError } from "@caselink/sdk";
import type { RowResult } from "@caselink/ledger";
import { ModelServer } from "./model-server.ts";
import { ModelProcess } from "./model-process.ts";
import type { History } from "./run-schedule.ts";
import { planRows } from "./plan.ts";
import type { Schedule } from "./schedule.ts";
import { VirtualClock } from "./virtual-clock.ts";

const TRIES = 3;

/**
 * A hand-written loop under the same faults: it lists each ticket, checks the limit, posts the missing associations, retries
 * on any error and records each row in a file. After a crash it starts over with the rows that are not recorded.
 */
export async function runNaiveLoop(schedule: Schedule): Promise<History> {
  const clock = new VirtualClock();
  const server = new ModelServer(clock, schedule);
  const results = new Map<string, RowResult[]>(schedule.batches.map((_, at) => [`batch-${at}`, []]));
  await clock.run(Promise.all(schedule.batches.map((_, at) => runUntilDone(at))));
  return {
    schedule,
    server,
    batches: schedule.batches.map(({ rows, kind }, at) => {
      const own = results.get(`batch-${at}`) ?? [];
      return {
        batchId: `batch-${at}`,
        isUndo: kind === "undo",
        rows: planRows(rows),
        results: own,
        lastResults: own,
        isCancelled: false,
        blocks: [],
        displaced: new Set<string>(),
      };
    }),
    firstSnapshots: new Map<string, number>(),
    endedAtMs: clock.now(),
  };

  async function runUntilDone(at: number): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const process = new ModelProcess(clock);
      const work = runOnce(at, process).then(() => true);
      const fault = schedule.faults.find((other) => other.kind === "kill" && other.attempt === attempt);
      if (fault?.kind !== "kill") return void (await work);
      const isKilled = clock.sleep(fault.afterMs).then(() => false);
      if (await Promise.race([work, isKilled])) return;
      process.kill();
      await clock.sleep(5_000);
    }
  }

  async function runOnce(at: number, process: ModelProcess): Promise<void> {
    const batch = `batch-${at}`;
    const noted = results.get(batch) ?? [];
    const api = process.use(server.open(batch, { requestLimitMs: 15_000, beforeWrite: async () => undefined }));
    const byTicket = Map.groupBy(
      schedule.batches[at]?.rows.map(({ ticket, related }, index) => ({ ticket, related, row: index + 1 })) ?? [],
      ({ ticket }) => ticket,
    );
    for (const [ticketId, rows] of byTicket) {
      const open = rows.filter(({ row }) => !noted.some((result) => result.row === row));
      if (open.length === 0) continue;
      const outcome = (row: number, name: RowResult["outcome"]) =>
        noted.push({ row, attempts: 1, ...(name && { outcome: name }) });
      for (let tries = 1; ; tries++) {
        try {
          const { associations } = await api.listAssociations({ ticketId });
          const present = new Set(associations.map((association) => association.ticketId));
          const missing = open.filter(({ related }) => !present.has(related));
          if (present.size + missing.length > 3) {
            for (const { row, related } of open)
              outcome(row, present.has(related) ? "already_associated" : "limit_reached");
            break;
          }
          if (missing.length > 0)
            await api.createAssociations({ ticketId, relatedIds: missing.map(({ related }) => related) });
          for (const { row, related } of open) outcome(row, present.has(related) ? "already_associated" : "created");
          break;
        } catch (error) {
          if (tries < TRIES) continue;
          const isMissing = isApiError(error) && error.errorClass === "not-found";
          for (const { row } of open) outcome(row, isMissing ? "not_found" : "failed");
          break;
        }
      }
    }
  }
}

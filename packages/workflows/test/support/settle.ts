import type { ChunkRow } from "@caselink/ledger";
import { Canary } from "../../src/batch/canary.ts";
import type { RejectionScope } from "../../src/batch/rejection-classifier.ts";
import { operationOf } from "../../src/chunk/operation.ts";
import { readLagOf } from "../../src/chunk/read-lag.ts";
import type { SettleContext, TicketWork } from "../../src/chunk/settle-context.ts";
import { settleTicket } from "../../src/chunk/settle-ticket.ts";
import { SharedTickets } from "../../src/chunk/shared-tickets.ts";
import { TurnStop } from "../../src/chunk/turn-stop.ts";
import { NOT_EXECUTED, ScriptedApi, type Fault } from "./scripted-api.ts";

interface Settling {
  /** The associations that the ticket has; default: none. */
  present?: string[];
  /** Default: `present`. */
  snapshot?: string[];
  /** An earlier attempt may have sent something: the ticket is read first. */
  isTouched?: boolean;
  rows?: (string | Partial<ChunkRow>)[];
  work?: Partial<TicketWork>;
  kind?: "create" | "undo";
  overLimit?: "refuse" | "fill";
  others?: Record<string, string[]>;
  faultOf?: (call: string, number: number) => Fault;
  scope?: RejectionScope;
  /** No canary: a write of each kind was confirmed before. */
  isProven?: boolean;
  isShared?: boolean;
  context?: Partial<SettleContext>;
}

/** The canary of a batch that has written to tickets of both kinds. */
async function confirmed(): Promise<Canary> {
  const canary = new Canary();
  for (const kind of ["without associations", "with associations"] as const) (await canary.enter(kind))?.confirm();
  return canary;
}

/** Settles ticket T of group g; default: one row, a. */
export async function settle(settling: Settling) {
  const { present = [], snapshot = present, isTouched, rows = ["a"], others, faultOf, isProven = true } = settling;
  const api = new ScriptedApi({ T: present, ...others }, faultOf);
  const turnStop = new TurnStop();
  const waits: number[] = [];
  const rowsLog: unknown[] = [];
  const displaced: unknown[] = [];
  const outcomes: Record<string, string> = {};
  const open = rows.map((row, at) => ({
    row: at + 1,
    related: "a",
    ...(typeof row === "string" ? { related: row } : row),
  }));
  const learned: unknown[] = [];
  const readLag = readLagOf();
  const shared = new SharedTickets(
    () => 0,
    () => 5_000,
  );
  const end = await settleTicket(
    { ticket: "T", group: "g", open, addedIds: [], removedIds: [], ...settling.work },
    new Set(snapshot),
    isTouched ? undefined : new Set(present),
    {
      api,
      operation: operationOf(settling.kind ?? "create", settling.overLimit ?? "refuse"),
      turnStop,
      canary: isProven ? await confirmed() : new Canary(),
      ...(settling.isShared && { sharedTickets: shared }),
      isOver: () => false,
      isStopping: () => turnStop.waitReason !== undefined,
      isStopped: () => false,
      sleep: async (milliseconds) => void waits.push(milliseconds),
      now: () => waits.reduce((sum, wait) => sum + wait, 0),
      random: () => 0.5,
      readLag: { ms: readLag.ms, learn: async (...what) => void learned.push(what) },
      scopeOfCode: () => settling.scope ?? "ticket",
      recordDisplaced: async (...what) => void displaced.push(what),
      recordRow: (row, attempts, facts, outcome) => {
        rowsLog.push([row.related, attempts, facts, outcome]);
        if (outcome) outcomes[row.related] = outcome;
      },
      ...settling.context,
    },
  );
  const { waitReason } = turnStop;
  return { end, calls: api.calls, waits, outcomes, rowsLog, displaced, learned, waitReason, api, shared, open };
}

/** Calls with this text fail so, the first `times` times. */
export const failing =
  (text: string, error: Error, times = Number.POSITIVE_INFINITY, isDone = false) =>
  (call: string, number: number): Fault =>
    call.startsWith(text) && number <= times ? { error, isDone } : undefined;

/** Writes fail so, and the ticket cannot be read. */
export const unreadAfter =
  (error: Error) =>
  (call: string): Fault => ({ error: call.startsWith("list") ? NOT_EXECUTED : error });

// The orders model: batches order chunks from one lane, while operators pause, cancel, terminate and reset workflows and
// orders arrive late. A turn is one step here: spec/writers.ts models what happens in it. spec/README.md maps the steps to the code.
import type { Model, Step } from "./check-model.ts";
import {
  compactNumbers,
  initialOrders,
  ROWS,
  type BatchOfOrders,
  type LaneEntry,
  type Order,
  type OrdersFault,
  type OrdersState,
  type TurnEnd,
  type Work,
} from "./orders-state.ts";

/** A rule that is left out. Each one has to break the model. */
export type OrdersMutant =
  | "orders are never repeated"
  | "a native cancel is not passed on to the lane"
  | "a lane keeps a batch that takes no report"
  | "an older order counts"
  | "an order of an older run counts"
  | "an order of a new run does not count"
  | "a new run does not clear what the lane has finished"
  | "a chunk that was finished since the order is worked again"
  | "a report adds its counts"
  | "a new lane continues no numbers and the batch ignores lower ones";

type State = OrdersState;
const NAMES = ["A", "B", "C"];

const workOf = (phase: BatchOfOrders["phase"], { status, mayHaveSent }: BatchOfOrders["chunks"][number]): Work => {
  if (status !== "open") return "none";
  if (phase === "cancelling") return "last";
  if (phase === "paused") return mayHaveSent ? "resolve" : "none";
  return "work";
};
const takesReports = ({ phase }: BatchOfOrders): boolean => phase !== "ended" && phase !== "terminated";
const wantsWork = (batch: BatchOfOrders): boolean =>
  takesReports(batch) && batch.chunks.some((chunk) => workOf(batch.phase, chunk) !== "none");

export function ordersModel(chunks: number[], may: Partial<State["may"]>, mutant?: OrdersMutant): Model<State> {
  function sendOrder(state: State, at: number, batch: BatchOfOrders): void {
    batch.sequence++;
    batch.mustOrder = false;
    const { run, sequence, phase, seen } = batch;
    const work = batch.chunks.map((chunk) => workOf(phase, chunk));
    state.orders.push({ batch: at, run, sequence, chunks: work, seen: { ...seen }, isLate: false });
  }

  function isIgnored(entry: LaneEntry, { run, sequence }: Order): boolean {
    if (run === entry.run) return sequence < entry.sequence && mutant !== "an older order counts";
    if (mutant === "an order of a new run does not count") return true;
    return run < entry.run && mutant !== "an order of an older run counts";
  }

  function receive(state: State, place: number): void {
    const { lane } = state;
    const [order] = state.orders.splice(place, 1);
    if (!order) return;
    if (!lane.isRunning) {
      lane.life++;
      lane.isRunning = true;
    }
    const before = lane.entries[order.batch] ?? null;
    if (before && isIgnored(before, order)) return;
    const isNewRun = before !== null && before.run !== order.run;
    const keeps = !isNewRun || mutant === "a new run does not clear what the lane has finished";
    const seen = order.seen.life === lane.life ? order.seen.number : 0;
    const finished = keeps ? (before?.finished ?? []).filter(({ number }) => number > seen) : [];
    const worksAgain = mutant === "a chunk that was finished since the order is worked again";
    const isFinished = (chunk: number): boolean => !worksAgain && finished.some((report) => report.chunk === chunk);
    lane.entries[order.batch] = {
      run: order.run,
      sequence: order.sequence,
      chunks: order.chunks.map((work, chunk) => (isFinished(chunk) ? "none" : work)),
      finished,
      reports: before?.reports ?? 0,
      hasUndelivered: false,
    };
    const isBusy = lane.turn?.batch === order.batch || lane.report?.batch === order.batch;
    if (!isBusy) obey(state.batches[order.batch], order);
  }

  function startTurn(state: State, at: number, chunk: number, entry: LaneEntry): void {
    const batch = state.batches[at];
    const work = entry.chunks[chunk] ?? "none";
    // The chunk activity reads first whether the batch has ended.
    if (!batch || batch.phase === "ended") state.lane.entries[at] = null;
    else {
      if (entry.hasUndelivered) state.broken.push("a batch that takes no report is dropped");
      if (batch.phase === "paused" && batch.isObeyed && work === "work" && state.lane.life === 1)
        state.broken.push("a paused batch is not worked");
      // A later run may learn from a report of an earlier order that a chunk is done: working it again sends nothing.
      if (batch.run === 1 && entry.run === 1 && batch.chunks[chunk]?.status !== "open" && state.lane.life === 1)
        state.broken.push("a finished chunk is not worked again");
      state.lane.turn = { batch: at, chunk, work };
    }
  }

  const ENDS: Record<Work, TurnEnd[]> = {
    none: [],
    work: ["settled", "later", "doubt", "deferred"],
    resolve: ["settled", "doubt", "clean"],
    last: ["ended"],
  };

  function endTurn(state: State, end: TurnEnd): void {
    const { lane } = state;
    if (!lane.turn) return;
    const { batch, chunk } = lane.turn;
    const rows = state.rows[batch] ?? [];
    if (end === "settled") rows[chunk] = ROWS;
    if (end === "later") rows[chunk] = Math.max(1, rows[chunk] ?? 0);
    const entry = lane.entries[batch];
    lane.turn = null;
    if (!entry) return;
    entry.reports++;
    if (end !== "deferred") {
      entry.finished.push({ chunk, number: entry.reports });
      entry.chunks[chunk] = "none";
    }
    const { reports: number, run, sequence } = entry;
    lane.report = { batch, chunk, end, rows: rows[chunk] ?? 0, number, run, sequence };
  }

  function deliver(state: State): void {
    const { report, life } = state.lane;
    const batch = report && state.batches[report.batch];
    if (!report || !batch) return;
    state.lane.report = null;
    const entry = state.lane.entries[report.batch];
    if (!takesReports(batch)) {
      if (entry) entry.hasUndelivered = true;
      if (mutant !== "a lane keeps a batch that takes no report") state.lane.entries[report.batch] = null;
      return;
    }
    if (entry) obey(batch, entry);
    const isLower = report.number <= batch.seen.number;
    if (isLower && mutant === "a new lane continues no numbers and the batch ignores lower ones") return;
    batch.seen = { life, number: report.number };
    const chunk = batch.chunks[report.chunk];
    if (!chunk || chunk.status === "done") return;
    chunk.counted = mutant === "a report adds its counts" ? chunk.counted + report.rows : report.rows;
    if (report.end === "doubt" || report.end === "deferred") chunk.mayHaveSent = true;
    if (report.end === "clean" || report.end === "later") chunk.mayHaveSent = false;
    if (report.end === "settled" || report.end === "ended") chunk.status = "done";
    else if (report.end === "later" || report.end === "doubt") chunk.status = "later";
    // Without a doubt, a cancelled batch needs no last turn.
    if (batch.phase === "cancelling" && chunk.status === "later" && !chunk.mayHaveSent) chunk.status = "done";
    if (report.end === "clean") change(batch);
  }

  /** A new run of the batch knows its ledger, and nothing that an earlier run has learned. */
  function restart(state: State, at: number, batch: BatchOfOrders): void {
    batch.run++;
    batch.sequence = 0;
    batch.phase = "running";
    batch.seen = { life: 0, number: 0 };
    batch.chunks = batch.chunks.map(() => ({ status: "open", mayHaveSent: true, counted: 0 }));
    for (const order of state.orders) if (order.batch === at) order.isLate = true;
    change(batch);
  }

  function laneSteps(state: State): Step<State>[] {
    const { lane, orders } = state;
    const steps: Step<State>[] = orders.map(({ batch, run, sequence }, place) => ({
      name: `the lane receives order ${run}.${sequence} of ${NAMES[batch]}`,
      apply: (next) => receive(next, place),
    }));
    if (lane.turn) {
      const { batch, chunk, work } = lane.turn;
      for (const end of ENDS[work])
        steps.push({
          name: `the turn of ${NAMES[batch]}'s chunk ${chunk} ends: ${end}`,
          apply: (next) => endTurn(next, end),
        });
    } else if (lane.report) {
      steps.push({ name: `the lane delivers its report to ${NAMES[lane.report.batch]}`, apply: deliver });
    } else
      lane.entries.forEach((entry, batch) =>
        entry?.chunks.forEach((work, chunk) => {
          if (work === "none") return;
          steps.push({
            name: `the lane starts a turn of ${NAMES[batch]}'s chunk ${chunk}: ${work}`,
            apply: (next) => {
              const own = next.lane.entries[batch];
              if (own) startTurn(next, batch, chunk, own);
            },
          });
        }),
      );
    return steps;
  }

  function batchSteps(state: State): Step<State>[] {
    const { lane, orders } = state;
    return state.batches.flatMap((batch, at) => {
      const steps: Step<State>[] = [];
      const on = (does: string, apply: (next: State, own: BatchOfOrders) => void, fault?: OrdersFault): void => {
        if (fault && state.may[fault] === 0) return;
        steps.push({
          name: `${NAMES[at]} ${does}`,
          isOptional: fault !== undefined,
          apply: (next) => {
            const own = next.batches[at];
            if (own) apply(next, own);
            if (fault) next.may[fault]--;
          },
        });
      };
      const isSending = orders.some((order) => order.batch === at && order.run === batch.run && !order.isLate);
      const isSilent = lane.turn?.batch !== at && lane.report?.batch !== at;
      if (takesReports(batch)) {
        if (batch.mustOrder && !isSending) on("sends an order", (next, own) => sendOrder(next, at, own));
        if (!batch.mustOrder && !isSending && isSilent && wantsWork(batch) && mutant !== "orders are never repeated")
          on("repeats its order", (next, own) => sendOrder(next, at, own));
        batch.chunks.forEach(({ status, mayHaveSent }, chunk) => {
          if (status !== "later" || (batch.phase === "paused" && !mayHaveSent)) return;
          on(`orders chunk ${chunk} again`, (_, own) => {
            const due = own.chunks[chunk];
            if (due) due.status = "open";
            change(own);
          });
        });
        if (batch.chunks.every(({ status }) => status === "done")) on("ends", (_, own) => (own.phase = "ended"));
      }
      if (batch.phase === "running" || batch.phase === "paused") {
        on("is cancelled", (_, own) => cancel(own), "cancel");
        on("is terminated", (_, own) => (own.phase = "terminated"), "terminateBatch");
        on("is reset", (next, own) => restart(next, at, own), "resetBatch");
      }
      if (batch.phase === "running") on("is paused", (_, own) => turnTo(own, "paused"), "pause");
      if (batch.phase === "paused")
        steps.push(optional(`${NAMES[at]} is resumed`, at, (_, own) => turnTo(own, "running")));
      if (batch.phase === "terminated")
        steps.push(optional(`${NAMES[at]} is attached again`, at, (next, own) => restart(next, at, own)));
      return steps;
    });
  }

  const optional = (name: string, at: number, apply: (next: State, own: BatchOfOrders) => void): Step<State> => ({
    name,
    isOptional: true,
    apply: (next) => {
      const own = next.batches[at];
      if (own) apply(next, own);
    },
  });

  function cancel(batch: BatchOfOrders): void {
    if (mutant === "a native cancel is not passed on to the lane") {
      batch.phase = "ended";
      return;
    }
    for (const chunk of batch.chunks) if (chunk.status === "later" && !chunk.mayHaveSent) chunk.status = "done";
    turnTo(batch, "cancelling");
  }

  function faultSteps(state: State): Step<State>[] {
    const { lane, may } = state;
    const steps: Step<State>[] = [];
    const add = (name: string, fault: OrdersFault, apply: (next: State) => void): void => {
      if (may[fault] === 0) return;
      steps.push({ name, isOptional: true, apply: (next) => (next.may[fault]--, apply(next)) });
    };
    state.orders.forEach(({ isLate, batch, run, sequence }, place) => {
      if (isLate) return;
      add(`order ${run}.${sequence} of ${NAMES[batch]} is late`, "delay", (next) => {
        const order = next.orders[place];
        if (order) order.isLate = true;
        const own = next.batches[batch];
        if (own) change(own);
      });
    });
    if (!lane.isRunning) return steps;
    const stop = (next: State): void => {
      next.lane = { ...next.lane, isRunning: false, entries: next.batches.map(() => null), turn: null, report: null };
    };
    add("the lane is terminated", "terminateLane", stop);
    // It ends in good order, and the batches order again.
    if (!lane.turn && !lane.report)
      add("the lane is cancelled", "cancelLane", (next) => {
        stop(next);
        for (const batch of next.batches) if (takesReports(batch)) change(batch);
      });
    return steps;
  }

  const compacted = (step: Step<State>): Step<State> => ({
    ...step,
    apply: (next) => {
      step.apply(next);
      compactNumbers(next);
    },
  });

  return {
    initial: initialOrders(chunks, may),
    steps: (state) => [...laneSteps(state), ...batchSteps(state), ...faultSteps(state)].map(compacted),
    invariants: {
      "a paused batch is not worked": ({ broken }) => !broken.includes("a paused batch is not worked"),
      "a finished chunk is not worked again": ({ broken }) => !broken.includes("a finished chunk is not worked again"),
      "a batch that takes no report is dropped": ({ broken }) =>
        !broken.includes("a batch that takes no report is dropped"),
      // A lane that was terminated knows no older orders: one that is late may start a turn just before the batch ends.
      // And a turn whose chunk is settled sends nothing.
      "an ended batch is not worked": ({ batches, lane: { turn, life }, rows }) =>
        !turn || life > 1 || batches[turn.batch]?.phase !== "ended" || rows[turn.batch]?.[turn.chunk] === ROWS,
      "rows count once": ({ batches, rows }) =>
        batches.every((batch, at) => batch.chunks.every(({ counted }, chunk) => counted <= (rows[at]?.[chunk] ?? 0))),
      "a chunk is done if its rows are settled": ({ batches, rows }) =>
        batches.every(
          ({ phase, chunks }, at) =>
            (phase !== "running" && phase !== "paused") ||
            chunks.every(
              ({ status, counted }, chunk) => status !== "done" || (rows[at]?.[chunk] === ROWS && counted === ROWS),
            ),
        ),
    },
    isFinal: ({ batches, lane, orders }) =>
      !lane.turn &&
      !lane.report &&
      orders.length === 0 &&
      batches.every(
        (batch, at) =>
          !wantsWork(batch) && batch.phase !== "running" && batch.phase !== "cancelling" && !isWorked(lane.entries[at]),
      ),
  };
}

const isWorked = (entry: LaneEntry | null | undefined): boolean =>
  entry?.chunks.some((work) => work !== "none") ?? false;

function obey(batch: BatchOfOrders | undefined, { run, sequence }: Pick<Order, "run" | "sequence">): void {
  if (batch && batch.run === run && batch.sequence === sequence && !batch.mustOrder) batch.isObeyed = true;
}

function change(batch: BatchOfOrders): void {
  batch.mustOrder = true;
  batch.isObeyed = false;
}

function turnTo(batch: BatchOfOrders, phase: BatchOfOrders["phase"]): void {
  batch.phase = phase;
  change(batch);
}

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
  | "a batch that gave up on rows ends without a confirmation"
  | "a cancelled batch ends without a confirmation"
  | "an older order counts"
  | "an order of an older run counts"
  | "a report adds its counts";

type State = OrdersState;
const NAMES = ["A", "B", "C"];

const workOf = ({ phase, confirm }: BatchOfOrders, { status, mayHaveSent }: BatchOfOrders["chunks"][number]): Work => {
  if (confirm) return "none";
  if (phase === "cancelling") return mayHaveSent ? "last" : "none";
  if (status !== "open") return "none";
  if (phase === "paused") return mayHaveSent ? "resolve" : "none";
  return "work";
};
const takesReports = ({ phase }: BatchOfOrders): boolean => phase !== "ended" && phase !== "terminated";
const wantsWork = (batch: BatchOfOrders): boolean =>
  takesReports(batch) && (batch.confirm !== null || batch.chunks.some((chunk) => workOf(batch, chunk) !== "none"));

export function ordersModel(chunks: number[], may: Partial<State["may"]>, mutant?: OrdersMutant): Model<State> {
  function sendOrder(state: State, at: number, batch: BatchOfOrders): void {
    batch.sequence++;
    batch.mustOrder = false;
    const { run, sequence, start, confirm } = batch;
    const work = batch.chunks.map((chunk) => workOf(batch, chunk));
    state.orders.push({ batch: at, run, sequence, start, chunks: work, mustConfirm: confirm !== null, isLate: false });
  }

  function isIgnored(entry: LaneEntry, { run, sequence, start }: Order): boolean {
    if (run === entry.run) return sequence <= entry.sequence && mutant !== "an older order counts";
    return start < entry.start && mutant !== "an order of an older run counts";
  }

  function receive(state: State, place: number): void {
    const { lane } = state;
    const [order] = state.orders.splice(place, 1);
    if (!order) return;
    lane.isRunning = true;
    const before = lane.entries[order.batch] ?? null;
    if (before && isIgnored(before, order)) return;
    const { run, sequence, start } = order;
    // Of a run and its reset, any order counts.
    const isLate = order.isLate && (before === null || (before.run !== run && before.start === start));
    if (order.mustConfirm) lane.toConfirm[order.batch] = { run, sequence };
    const isWanted = order.chunks.some((work) => work !== "none") || lane.turn?.batch === order.batch;
    lane.entries[order.batch] = isWanted ? { run, sequence, start, chunks: order.chunks, isLate } : null;
    const isBusy = lane.turn?.batch === order.batch || lane.report?.batch === order.batch;
    if (!isBusy) obey(state.batches[order.batch], order);
  }

  function startTurn(state: State, at: number, chunk: number, entry: LaneEntry): void {
    const batch = state.batches[at];
    const work = entry.chunks[chunk] ?? "none";
    // The chunk activity reads first whether the batch has ended.
    if (!batch || batch.phase === "ended") state.lane.entries[at] = null;
    else {
      const { isLate } = entry;
      const isHeld = batch.phase === "paused" || batch.phase === "cancelling";
      if (batch.phase === "paused" && batch.isObeyed && work === "work" && !isLate)
        state.broken.push("a paused batch is not worked");
      state.lane.turn = { batch: at, chunk, work, isLate, isAfterHold: isHeld };
    }
  }

  const ENDS: Record<Work, TurnEnd[]> = {
    none: [],
    work: ["settled", "later", "doubt", "deferred", "gaveUp"],
    resolve: ["settled", "doubt", "clean"],
    last: ["ended"],
  };

  function endTurn(state: State, end: TurnEnd): void {
    const { lane } = state;
    if (!lane.turn) return;
    const { batch, chunk, work, isAfterHold } = lane.turn;
    const rows = state.rows[batch] ?? [];
    if (end === "settled") rows[chunk] = ROWS;
    if (end === "later" || end === "gaveUp") rows[chunk] = Math.max(1, rows[chunk] ?? 0);
    const entry = lane.entries[batch];
    lane.turn = null;
    if (!entry) return;
    const { run, sequence } = entry;
    if (end !== "deferred") entry.chunks[chunk] = "none";
    if (!isWorked(entry)) lane.entries[batch] = null;
    lane.report = { batch, chunk, end, rows: rows[chunk] ?? 0, work, isAfterHold, run, sequence };
  }

  function deliver(state: State): void {
    const { report } = state.lane;
    const batch = report && state.batches[report.batch];
    if (!report || !batch) return;
    state.lane.report = null;
    const entry = state.lane.entries[report.batch];
    if (!takesReports(batch)) {
      if (mutant !== "a lane keeps a batch that takes no report") state.lane.entries[report.batch] = null;
      else if (entry) state.broken.push("a batch that takes no report is dropped");
      return;
    }
    if (entry) obey(batch, entry);
    const { end } = report;
    const chunk = batch.chunks[report.chunk];
    if (!chunk) return;
    if (end === "doubt" || (end === "deferred" && report.work !== "last")) chunk.mayHaveSent = true;
    else if (end !== "deferred") chunk.mayHaveSent = false;
    // A late order arrived after the one that holds the lane.
    if (batch.phase !== "running" && report.work === "work" && report.isAfterHold) change(batch);
    if (batch.phase === "cancelling" || chunk.status !== "open") return;
    chunk.counted = mutant === "a report adds its counts" ? chunk.counted + report.rows : report.rows;
    if (end === "gaveUp") batch.hasLeftOpen = true;
    if (end === "settled" || end === "gaveUp") chunk.status = "done";
    else if (end === "later" || end === "doubt") chunk.status = "later";
    if (end === "clean") change(batch);
  }

  function confirmOrder(state: State, at: number): void {
    const confirmed = state.lane.toConfirm[at];
    const batch = state.batches[at];
    state.lane.toConfirm[at] = null;
    if (!confirmed || !batch?.confirm || confirmed.run !== batch.run || confirmed.sequence < batch.confirm.sequence)
      return;
    batch.confirm = null;
    change(batch);
  }

  /** A new run of the batch knows its ledger, and nothing that an earlier run has learned. */
  function restart(state: State, at: number, batch: BatchOfOrders, isReset: boolean): void {
    batch.run++;
    if (!isReset) batch.start++;
    batch.confirm = null;
    batch.hasLeftOpen = false;
    batch.sequence = 0;
    batch.phase = "running";
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
    if (!lane.turn && !lane.report)
      lane.toConfirm.forEach((order, batch) => {
        if (order)
          steps.push({
            name: `the lane confirms order ${order.run}.${order.sequence} of ${NAMES[batch]}`,
            apply: (next) => confirmOrder(next, batch),
          });
      });
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
          if (status !== "later" || batch.phase === "cancelling" || (batch.phase === "paused" && !mayHaveSent)) return;
          on(`orders chunk ${chunk} again`, (_, own) => {
            const due = own.chunks[chunk];
            if (due) due.status = "open";
            change(own);
          });
        });
        const isDone = batch.chunks.every(({ status }) => status === "done");
        const hasGivenUp = batch.hasLeftOpen && mutant !== "a batch that gave up on rows ends without a confirmation";
        if (batch.phase === "cancelling") {
          if (!batch.confirm && !batch.mustOrder && !batch.chunks.some(({ mayHaveSent }) => mayHaveSent))
            on("ends", (_, own) => (own.phase = "ended"));
        } else if (isDone && hasGivenUp) on("gives up on rows", (_, own) => close(own));
        else if (isDone) on("ends", (_, own) => (own.phase = "ended"));
      }
      if (batch.phase === "running" || batch.phase === "paused") {
        on("is cancelled", (_, own) => cancel(own), "cancel");
        on("is terminated", (_, own) => (own.phase = "terminated"), "terminateBatch");
        on("is reset", (next, own) => restart(next, at, own, true), "resetBatch");
      }
      if (batch.phase === "running") on("is paused", (_, own) => turnTo(own, "paused"), "pause");
      if (batch.phase === "paused")
        steps.push(optional(`${NAMES[at]} is resumed`, at, (_, own) => turnTo(own, "running")));
      if (batch.phase === "terminated")
        steps.push(optional(`${NAMES[at]} is attached again`, at, (next, own) => restart(next, at, own, false)));
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
    close(batch);
    if (mutant === "a cancelled batch ends without a confirmation") batch.confirm = null;
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
      next.lane = {
        ...next.lane,
        isRunning: false,
        entries: next.batches.map(() => null),
        toConfirm: next.batches.map(() => null),
        turn: null,
        report: null,
      };
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
      "a batch that takes no report is dropped": ({ broken }) =>
        !broken.includes("a batch that takes no report is dropped"),
      // A lane that has dropped a batch knows no older orders: one that is late may start a turn just before the batch ends.
      // And a turn that only reads, or whose chunk is settled, sends nothing.
      "an ended batch is not worked": ({ batches, lane: { turn }, rows }) =>
        turn?.work !== "work" ||
        turn.isLate ||
        batches[turn.batch]?.phase !== "ended" ||
        rows[turn.batch]?.[turn.chunk] === ROWS,
      "rows count once": ({ batches, rows }) =>
        batches.every((batch, at) => batch.chunks.every(({ counted }, chunk) => counted <= (rows[at]?.[chunk] ?? 0))),
      "a chunk is done if its rows are settled": ({ batches, rows }) =>
        batches.every(
          ({ phase, chunks, hasLeftOpen }, at) =>
            (phase !== "running" && phase !== "paused") ||
            hasLeftOpen ||
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

/** No further ticket is started. The next order has to be confirmed. */
function close(batch: BatchOfOrders): void {
  turnTo(batch, "cancelling");
  batch.confirm = { sequence: batch.sequence + 1 };
}

function turnTo(batch: BatchOfOrders, phase: BatchOfOrders["phase"]): void {
  batch.phase = phase;
  change(batch);
}

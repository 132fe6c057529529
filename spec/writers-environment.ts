// What happens around the attempts: the lane starts them, batches end, processes crash and stall.
import type { Step } from "./check-model.ts";
import { BATCHES, type Attempt, type WritersState } from "./writers-state.ts";

type State = WritersState;

export const environmentSteps = (state: State): Step<State>[] => [
  ...laneSteps(state),
  ...batchSteps(state),
  ...faultSteps(state),
];

export const nameOf = (place: number, { batch }: Attempt): string => `attempt ${place} (${BATCHES[batch]})`;

export function end(state: State, place: number): void {
  state.attempts[place] = null;
  if (state.current === place) state.current = -1;
}

function laneSteps(state: State): Step<State>[] {
  const place = state.attempts.indexOf(null);
  const isStall = state.current >= 0;
  if (place < 0 || (isStall && state.faults.stall === 0)) return [];
  return state.batches.flatMap((phase, batch) => {
    const isOpen = state.chunks[batch]?.results.includes(null) ?? false;
    if (!isOpen || (phase !== "running" && phase !== "cancelling")) return [];
    const attempt = freshAttempt(batch, phase === "cancelling", state.associations.length);
    return {
      name: `the lane starts attempt ${place} at ${BATCHES[batch]}${isStall ? `, as attempt ${state.current} is silent` : ""}`,
      isOptional: isStall,
      apply: (next: State) => {
        next.attempts[place] = attempt;
        next.current = place;
        if (isStall) next.faults.stall--;
      },
    };
  });
}

function batchSteps(state: State): Step<State>[] {
  const { faults } = state;
  const change = (batch: number, does: string, phase: State["batches"][number], fault?: "cancel" | "terminate") => ({
    name: `${BATCHES[batch]} ${does}`,
    isOptional: fault !== undefined || does === "is attached again",
    apply: (next: State) => {
      next.batches[batch] = phase;
      if (fault) next.faults[fault]--;
    },
  });
  return state.batches.flatMap((phase, batch) => {
    const steps: Step<State>[] = [];
    const isSettled = !(state.chunks[batch]?.results.includes(null) ?? false);
    const isWorked = state.attempts[state.current]?.batch === batch;
    if (phase !== "ended" && phase !== "terminated" && !isWorked && (isSettled || phase === "closing"))
      steps.push(change(batch, "ends", "ended"));
    if (phase === "running" && faults.cancel > 0) steps.push(change(batch, "is cancelled", "cancelling", "cancel"));
    if (phase === "running" && batch === 0 && faults.terminate > 0)
      steps.push(change(batch, "is terminated", "terminated", "terminate"));
    if (phase === "terminated") steps.push(change(batch, "is attached again", "running"));
    // What the terminated batch holds, another one waits for until its own time to give up.
    if (phase === "running" && state.batches.includes("terminated"))
      steps.push(change(batch, "gives up", "cancelling"));
    return steps;
  });
}

function faultSteps(state: State): Step<State>[] {
  return state.attempts.flatMap((attempt, place) => {
    if (!attempt) return [];
    const steps: Step<State>[] = [];
    if (attempt.isVerified && !attempt.isNewest)
      steps.push({
        name: `${nameOf(place, attempt)}: its verification is 3 s old`,
        apply: (next) => {
          const own = next.attempts[place];
          if (own) own.isVerified = false;
        },
      });
    if (state.faults.crash > 0)
      steps.push({
        name: `${nameOf(place, attempt)} crashes`,
        isOptional: true,
        apply: (next) => {
          next.faults.crash--;
          for (const request of next.requests) if (request.sender === place) request.sender = -1;
          end(next, place);
        },
      });
    return steps;
  });
}

function freshAttempt(batch: number, isLast: boolean, tickets: number): Attempt {
  const none = (): null[] => Array.from({ length: tickets }, () => null);
  return {
    batch,
    isLast,
    step: "acquire",
    ticket: 0,
    isNewest: false,
    isRemoved: false,
    mustWait: false,
    isVerified: false,
    snapshot: none(),
    seen: 0,
    results: none(),
    hasNewestSnapshot: false,
    hasNewestResults: false,
    held: Array.from({ length: tickets }, () => false),
  };
}

// A breadth-first search through every state that a model can reach.

/** A step that a state allows. */
export interface Step<S> {
  name: string;
  /** Changes a copy of the state. */
  apply: (state: S) => void;
  /** A fault, or an operator's action: progress must not depend on it. */
  isOptional?: boolean;
}

/** A model: plain JSON data, and functions without side effects. */
export interface Model<S> {
  initial: S;
  /** Every step that is possible in the state, in a fixed order. */
  steps: (state: S) => Step<S>[];
  /** Each is true in every state that is reachable. */
  invariants: Record<string, (state: S) => boolean>;
  /** The work is done. Such a state is reachable from every state, without optional steps. */
  isFinal: (state: S) => boolean;
}

export interface CheckResult {
  states: number;
  /** The name of the broken invariant, or "progress", and the shortest way there. */
  violation?: { broken: string; steps: string[]; state: unknown };
}

/**
 * Checks all invariants in all reachable states, then progress from all of them.
 *
 * @param maxStates more states than this are an error, not an incomplete answer; default 3 million
 * @throws {Error} if there are more states
 */
export function checkModel<S>(model: Model<S>, maxStates = 3_000_000): CheckResult {
  const found = new Map<string, number>();
  const keys: string[] = [];
  const cameFrom: { from: number; name: string }[] = [];
  /** For each state, the states that lead to it without an optional step. */
  const before: number[][] = [];
  const finals: number[] = [];

  const visit = (key: string, from: number, name: string): number => {
    const known = found.get(key);
    if (known !== undefined) return known;
    if (keys.length >= maxStates) throw new Error(`the model has more than ${maxStates} states`);
    found.set(key, keys.length);
    cameFrom.push({ from, name });
    before.push([]);
    return keys.push(key) - 1;
  };
  const violation = (broken: string, at: number): CheckResult => {
    const steps: string[] = [];
    for (let state = at; state > 0; state = cameFrom[state]?.from ?? 0) steps.unshift(cameFrom[state]?.name ?? "");
    return { states: keys.length, violation: { broken, steps, state: JSON.parse(keys[at] ?? "null") } };
  };

  visit(JSON.stringify(model.initial), 0, "");
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? "";
    const state = JSON.parse(key) as S;
    for (const [name, holds] of Object.entries(model.invariants)) if (!holds(state)) return violation(name, at);
    if (model.isFinal(state)) finals.push(at);
    for (const { name, apply, isOptional } of model.steps(state)) {
      const next = JSON.parse(key) as S;
      apply(next);
      const to = visit(JSON.stringify(next), at, name);
      if (!isOptional && to !== at) before[to]?.push(at);
    }
  }

  const isDone = new Uint8Array(keys.length);
  for (const at of finals) isDone[at] = 1;
  for (const at of finals)
    for (const earlier of before[at] ?? [])
      if (isDone[earlier] === 0) {
        isDone[earlier] = 1;
        finals.push(earlier);
      }
  const stuck = isDone.indexOf(0);
  return stuck < 0 ? { states: keys.length } : violation("progress", stuck);
}

/** A violation as a numbered list of steps, for people. */
export function describeViolation({ violation }: CheckResult): string {
  if (!violation) return "";
  const { broken, steps, state } = violation;
  const list = steps.map((name, at) => `${at + 1}. ${name}`);
  return [`broken: ${broken}`, ...list, JSON.stringify(state)].join("\n");
}

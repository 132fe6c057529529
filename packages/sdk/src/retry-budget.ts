/** Keeps an outage from being multiplied: while most calls fail, few are repeated. */
export interface RetryBudget {
  /** Takes one from the budget; false when it is used up. */
  take(): boolean;
  /** To be told of every call that went well. */
  refill(): void;
}

/** What a call that went well gives back. */
const REFILL = 0.2;

/** A token bucket: so many retries at once, and one for each five calls that go well. */
export function createRetryBudget(capacity: number): RetryBudget {
  let left = capacity;
  return {
    take() {
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    refill() {
      left = Math.min(capacity, left + REFILL);
    },
  };
}

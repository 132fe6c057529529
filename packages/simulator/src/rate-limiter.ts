import type { CountedFor, RateLimit } from "./config.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** Who sent a request for which operation: what a limit may count separately. */
export type CountedRequest = Readonly<Record<CountedFor, string>>;

const UNITS_MS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** Accepts at most a number of requests within any window, for each operation, user and address that it counts separately. */
export class RateLimiter {
  readonly #each: readonly CountedFor[];
  readonly #requests: number;
  readonly #windowMs: number;
  /** The name of the limit as the gateway writes it: `limit:5,time:1 minute`. */
  readonly name: string;
  readonly #windows = new Map<string, SlidingWindow>();
  readonly #previous: RateLimiter | undefined;

  /** @param previous Its recent requests count here, too, so that a new limit does not start with a burst. */
  constructor(limit: RateLimit, previous?: RateLimiter) {
    const { perSecond, requests = perSecond ?? 1, window = "1 second", each = [] } = limit;
    const [count = "1", unit = "second"] = window.split(" ");
    this.#each = each;
    this.#requests = requests;
    this.#windowMs = Number(count) * (UNITS_MS[unit] ?? 1_000);
    this.#previous = previous;
    this.name = `policy ${policyOf(each)} over ratelimit,limit:${requests},time:${window}`;
  }

  tryAccept(request: CountedRequest, nowMs: number): boolean {
    return this.#windowOf(request).tryAccept(nowMs);
  }

  #windowOf(request: CountedRequest): SlidingWindow {
    const key = JSON.stringify(this.#each.map((what) => request[what]));
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    const previous = this.#previous ? this.#previous.#windowOf(request) : undefined;
    const window = new SlidingWindow(this.#requests, this.#windowMs, previous);
    this.#windows.set(key, window);
    return window;
  }
}

function policyOf(each: readonly CountedFor[]): string {
  if (each.includes("address")) return "ip";
  return each.includes("operation") && !each.includes("user") ? "api" : "user";
}

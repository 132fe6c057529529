import { between } from "./random.ts";
import type { Schedule } from "./schedule.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Orders, reports and confirmations under way. Those of one pair of runs arrive in order; each takes some time, or long. */
export class Messages {
  readonly #clock: VirtualClock;
  readonly #random: () => number;
  readonly #delays: ReadonlyMap<number, number>;
  readonly #repeats: ReadonlyMap<number, number>;
  readonly #lastArrival = new Map<string, number>();
  #sent = 0;

  constructor(clock: VirtualClock, random: () => number, { faults }: Pick<Schedule, "faults">) {
    this.#clock = clock;
    this.#random = random;
    this.#delays = new Map(faults.flatMap((fault) => (fault.kind === "delay" ? [[fault.n, fault.ms]] : [])));
    this.#repeats = new Map(faults.flatMap((fault) => (fault.kind === "repeat" ? [[fault.n, fault.ms]] : [])));
  }

  /** Sends an order, which may arrive again later: the activity that sends it was tried twice. Resolves when it arrives first. */
  async deliver(pair: string, take: () => void): Promise<void> {
    const againMs = this.#repeats.get(this.#sent);
    await this.arrive(pair);
    take();
    if (againMs !== undefined) void this.#clock.sleep(againMs).then(take);
  }

  /** Resolves when the message that is sent now arrives. */
  async arrive(pair: string): Promise<void> {
    const delayMs = this.#delays.get(this.#sent++) ?? between(this.#random, 1, 20);
    const at = Math.max(this.#lastArrival.get(pair) ?? 0, this.#clock.now() + delayMs);
    this.#lastArrival.set(pair, at);
    await this.#clock.sleep(at - this.#clock.now());
  }
}

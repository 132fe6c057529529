import type { VirtualClock } from "./virtual-clock.ts";

/** A process that may die or stall. What it waits for then never arrives, or arrives when it wakes up. */
export class ModelProcess {
  readonly #clock: VirtualClock;
  #isDead = false;
  #stalledUntil = 0;
  #clockOffsetMs = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** How far its clock is from that of the others, in milliseconds. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  changeClock(byMs: number): void {
    this.#clockOffsetMs += byMs;
  }

  kill(): void {
    this.#isDead = true;
  }

  stall(milliseconds: number): void {
    this.#stalledUntil = this.#clock.now() + milliseconds;
  }

  /** The functions of a part of the model as this process can call them. */
  use<Part extends object>(part: Part): Part {
    const functions = new Map<string | symbol, unknown>();
    return new Proxy(part, {
      get: (target, name) => {
        const known = functions.get(name);
        if (known) return known;
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        const call = async (...args: unknown[]) => {
          if (!this.#isAwake) await this.awake();
          try {
            return (await Reflect.apply(member, target, args)) as unknown;
          } finally {
            if (!this.#isAwake) await this.awake();
          }
        };
        functions.set(name, call);
        return call;
      },
    });
  }

  get #isAwake(): boolean {
    return !this.#isDead && this.#stalledUntil <= this.#clock.now();
  }

  /** Resolves when the process runs; never, once it is dead. */
  async awake(): Promise<void> {
    while (this.#stalledUntil > this.#clock.now()) await this.#clock.sleep(this.#stalledUntil - this.#clock.now());
    if (this.#isDead) await new Promise<never>(() => undefined);
  }
}

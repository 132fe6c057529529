import type { KeyLock } from "./config.ts";

/** The access keys whose signatures were rejected several times in a row. */
export class KeyLocks {
  readonly #setting: KeyLock;
  /** By access key. */
  readonly #rejections = new Map<string, number>();
  readonly #lockedUntil = new Map<string, number>();

  constructor(setting: KeyLock) {
    this.#setting = setting;
  }

  isLocked(accessKey: string, nowMs: number): boolean {
    return nowMs < (this.#lockedUntil.get(accessKey) ?? 0);
  }

  /** Counts a request with a key that is not locked. */
  record(accessKey: string, isRejected: boolean, nowMs: number): void {
    const rejections = isRejected ? (this.#rejections.get(accessKey) ?? 0) + 1 : 0;
    const isNowLocked = rejections >= this.#setting.afterRejections;
    if (isNowLocked) this.#lockedUntil.set(accessKey, nowMs + this.#setting.forMs);
    this.#rejections.set(accessKey, isNowLocked ? 0 : rejections);
  }
}

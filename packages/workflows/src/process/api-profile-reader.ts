import type { ApiProfile, Ledger } from "@caselink/ledger";

/** Another process may find something out: the profile is read again when the last reading is this old, in milliseconds. */
const READ_AGAIN_MS = 30_000;

/** Reads the profile of an API from the ledger, for all chunks of a process. */
export class ApiProfileReader {
  readonly #ledger: Pick<Ledger, "apiProfile">;
  readonly #endpoint: string;
  readonly #now: () => number;
  #reading: { at: number; profile: Promise<ApiProfile | undefined> } | undefined;

  /** @param now a clock that is never put back, in milliseconds */
  constructor(ledger: Pick<Ledger, "apiProfile">, endpoint: string, now: () => number) {
    this.#ledger = ledger;
    this.#endpoint = endpoint;
    this.#now = now;
  }

  /**
   * The profile as it was at most 30 s ago; undefined if no fact was recorded. Chunks that start together wait for one reading.
   * @throws {LedgerError} if it cannot be read or is damaged; the next call reads it again
   */
  read(): Promise<ApiProfile | undefined> {
    const now = this.#now();
    if (this.#reading && now - this.#reading.at < READ_AGAIN_MS) return this.#reading.profile;
    const reading = { at: now, profile: this.#ledger.apiProfile(this.#endpoint) };
    this.#reading = reading;
    reading.profile.catch(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    return reading.profile;
  }
}

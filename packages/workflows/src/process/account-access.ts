import { randomBytes } from "node:crypto";
import type { ChunkResult, WaitReason } from "../workflow/contracts.ts";
import type { ApiConnector } from "./api-connector.ts";
import { CredentialsGate, credentialsRejectionOf } from "./credentials-gate.ts";

/** An API that responds later than this at the start is not waited for. */
const CHECK_LIMIT_MS = 5_000;

/** Whether the API accepts the account of this process. A process that it rejects works no chunk. */
export class AccountAccess {
  /** The gate for all calls of the process. */
  readonly credentials = new CredentialsGate(() => performance.now());
  readonly #api: ApiConnector;
  #rejection: WaitReason | undefined;
  #hasWorked = false;
  #rejected = Promise.withResolvers<void>();
  #checkRequested = Promise.withResolvers<void>();

  constructor(api: ApiConnector) {
    this.#api = api;
  }

  /** Why the API rejected the credentials last; undefined while it accepts them. */
  get rejection(): WaitReason | undefined {
    return this.#rejection;
  }

  /** A chunk was worked since the last rejection. */
  get hasWorked(): boolean {
    return this.#hasWorked;
  }

  /** Resolves when the API rejects the credentials. */
  get whenRejected(): Promise<void> {
    return this.#rejected.promise;
  }

  /** Resolves when an operator says that the cause is fixed. */
  get whenCheckRequested(): Promise<void> {
    return this.#checkRequested.promise;
  }

  /** Notes what a chunk met. Only a check takes a rejection back: chunks that were in progress prove nothing. */
  note({ waitReason }: ChunkResult): void {
    if (waitReason?.kind === "credentials") this.#reject(waitReason);
    else if (!waitReason && !this.#rejection) this.#hasWorked = true;
  }

  requestCheck(): void {
    this.#checkRequested.resolve();
    this.#checkRequested = Promise.withResolvers();
  }

  /**
   * Lists a ticket that cannot exist. Any response about the ticket shows that the credentials are accepted, and a failure of
   * the API proves nothing against them.
   */
  async check(): Promise<void> {
    const ticketId = `caselink-check-${randomBytes(8).toString("hex")}`;
    const api = this.#api.connect(() => Promise.resolve());
    const rejection = await api.listAssociations({ ticketId }, { signal: AbortSignal.timeout(CHECK_LIMIT_MS) }).then(
      () => undefined,
      (error: unknown) => credentialsRejectionOf(error),
    );
    if (rejection) this.#reject(rejection);
    else this.#accept();
  }

  #reject(waitReason: WaitReason): void {
    this.#rejection = waitReason;
    this.#rejected.resolve();
  }

  #accept(): void {
    if (!this.#rejection) return;
    this.#rejection = undefined;
    this.#hasWorked = false;
    this.#rejected = Promise.withResolvers();
    this.credentials.reset();
  }
}

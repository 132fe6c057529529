import type { ApiError } from "./api-error.ts";
import type { RemovalResult } from "./association-requests.ts";
import type { ConnectionError } from "./connection-error.ts";
import type { Execution } from "./failure.ts";

/** The results for the ids of one removal. An id is present until a removal or a list shows something else. */
export class RemovalResults {
  readonly #results: Map<string, RemovalResult["result"]>;
  /** The last failure of each id that is not gone. */
  readonly #failures = new Map<string, ApiError | ConnectionError>();
  /** Ids with a removal that may have been executed. */
  readonly #ambiguous = new Set<string>();
  /** Ids to remove next. */
  readonly #open: Set<string>;

  constructor(relatedIds: readonly string[], present: ReadonlySet<string>) {
    this.#results = new Map(relatedIds.map((id) => [id, present.has(id) ? "present" : "absent"]));
    this.#open = new Set(this.idsWith("present"));
  }

  get open(): readonly string[] {
    return [...this.#open];
  }

  idsWith(wanted: RemovalResult["result"]): string[] {
    return [...this.#results].filter(([, result]) => result === wanted).map(([id]) => id);
  }

  recordRemoval(id: string): void {
    this.#settle(id, "removed");
  }

  recordFailure(id: string, failure: ApiError | ConnectionError): void {
    const isAmbiguous = failure.execution !== "no";
    this.#failures.set(id, failure);
    this.#results.set(id, isAmbiguous ? "unknown" : "present");
    if (isAmbiguous) this.#ambiguous.add(id);
    else this.#open.delete(id);
  }

  /** Settles the ids that a list no longer shows. Those that it shows keep their failure. */
  recordList(present: ReadonlySet<string>): void {
    for (const id of this.#failures.keys())
      if (!present.has(id)) this.#settle(id, this.#ambiguous.has(id) ? "removed" : "absent");
  }

  /** The failure of the first id with an unknown result, else of the first that is still there; undefined if all are gone. */
  get failure(): ApiError | ConnectionError | undefined {
    const [first] = [...this.idsWith("unknown"), ...this.#failures.keys()];
    return first === undefined ? undefined : this.#failures.get(first);
  }

  /** What the error of the whole operation states. */
  get facts(): { readonly execution: Execution; readonly removals: readonly RemovalResult[] } {
    const execution =
      this.idsWith("unknown").length > 0 ? "unknown" : this.idsWith("removed").length > 0 ? "yes" : "no";
    return { execution, removals: [...this.#results].map(([relatedId, result]) => ({ relatedId, result })) };
  }

  #settle(id: string, result: "removed" | "absent"): void {
    this.#results.set(id, result);
    this.#failures.delete(id);
    this.#open.delete(id);
  }
}

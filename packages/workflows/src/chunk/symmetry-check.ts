import type { AssociationsApi } from "./operation.ts";
import { listRelatedIds } from "./list-related-ids.ts";

export interface SymmetryCheckOptions {
  /** Must not classify rejections: a related ticket that cannot be read proves nothing. */
  api: Pick<AssociationsApi, "listAssociations">;
  /** No one knows yet whether associations are symmetric. */
  isOpen: () => boolean;
  learn: (evidence: string) => Promise<void>;
}

/** A look at the related ticket of a first write, before and after it. */
export interface SymmetryLook {
  /** The write was read back: does it show on the related ticket, too? */
  conclude(): Promise<void>;
}

/** Finds out with a batch's first write whether an association shows on both tickets. */
export class SymmetryCheck {
  readonly #options: SymmetryCheckOptions;

  constructor(options: SymmetryCheckOptions) {
    this.#options = options;
  }

  /** Undefined if there is nothing to find out: it is known, or the related ticket cannot be read. */
  async look(ticket: string, related: string): Promise<SymmetryLook | undefined> {
    const { isOpen, learn } = this.#options;
    if (!isOpen()) return undefined;
    const before = await this.#read(related);
    // An association that is there before the write proves nothing after it.
    if (!before || before.has(ticket)) return undefined;
    return {
      conclude: async () => {
        const after = await this.#read(related);
        if (after?.has(ticket) && isOpen())
          await learn(`after creating ${ticket} -> ${related}, the list of ${related} had ${ticket}`);
      },
    };
  }

  async #read(ticket: string): Promise<ReadonlySet<string> | undefined> {
    try {
      return await listRelatedIds(this.#options.api, ticket);
    } catch {
      return undefined;
    }
  }
}

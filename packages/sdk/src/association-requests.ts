// The types that callers give to the client and get from it, in a file of their own because modules that the client imports need them.

export interface AssociationsRequest {
  /** The service ticket that gets the associations, 1 to 64 characters. */
  readonly ticketId: string;
  /** One to three ids of other service tickets, 1 to 32 characters each. */
  readonly relatedIds: readonly string[];
  /** 1 to 64 characters. Mandatory in the document; later editions require it only for other people's tickets. */
  readonly groupId?: string | undefined;
}

export interface AssociationRemoval {
  readonly ticketId: string;
  readonly relatedId: string;
  readonly groupId?: string | undefined;
}

export interface AssociationRemovals {
  readonly ticketId: string;
  /** At least one id, 1 to 64 characters each. */
  readonly relatedIds: readonly string[];
  readonly groupId?: string | undefined;
}

/** The result for one related ticket whose association was to be removed. */
export interface RemovalResult {
  readonly relatedId: string;
  /**
   * - `removed`: it was associated, and this call removed it
   * - `absent`: it was not associated, or another caller removed it
   * - `present`: it is still associated
   * - `unknown`: its removal may have been executed, and could not be confirmed by reading
   */
  readonly result: "removed" | "absent" | "present" | "unknown";
}

export interface Association {
  /** Id of the related service ticket. */
  readonly ticketId: string;
  readonly description?: string;
  /** The user who submitted the related ticket. */
  readonly userName?: string;
}

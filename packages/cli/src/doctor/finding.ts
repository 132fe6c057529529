/** The result of one check. */
export interface Finding {
  check:
    | "node"
    | "configuration"
    | "account"
    | "api"
    | "clock"
    | "credentials"
    | "permission"
    | "temporal"
    | "server"
    | "namespace"
    | "attributes"
    | "encryption"
    | "ledger"
    | "batches"
    | "behaviour";
  state: "ok" | "warning" | "failed";
  /** Never contains a secret. */
  message: string;
  /** How to fix it; can have several lines. */
  advice?: string;
  /** The cause of a failure, for the exit status. */
  cause?: "configuration" | "credentials";
}

type Check = Finding["check"];

export const ok = (check: Check, message: string): Finding => ({ check, state: "ok", message });

export const warning = (check: Check, message: string, advice: string): Finding => ({
  check,
  state: "warning",
  message,
  advice,
});

export const failed = (check: Check, message: string, advice: string, cause?: Finding["cause"]): Finding => ({
  check,
  state: "failed",
  message,
  advice,
  ...(cause && { cause }),
});

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

import type { FaultRates } from "./fault.ts";
import type { Operation } from "./operation.ts";

/** An IAM user that the token call accepts. */
export interface SimulatorUser {
  readonly name: string;
  readonly password: string;
  /** Name of the account. */
  readonly domain: string;
  /** Tickets that do not exist for this user, because they belong to another account. */
  readonly unknownTickets?: TicketPattern;
}

/** A key pair that signatures are checked against. */
export interface SimulatorKey {
  readonly accessKey: string;
  readonly secretKey: string;
  /** If given, requests signed with this key must have it as `X-Security-Token`. */
  readonly securityToken?: string;
}

export interface KeyLock {
  /** Consecutive rejections of requests with one key; an accepted request between them starts the count anew. */
  readonly afterRejections: number;
  /** How long every request with the key is rejected then. */
  readonly forMs: number;
}

/** What a gateway counts separately: each operation, each user, each source address. */
export type CountedFor = "operation" | "user" | "address";

/** Needs `perSecond`, or `requests` and `window`. */
export interface RateLimit {
  /** Requests accepted within any one second. */
  readonly perSecond?: number;
  /** Requests accepted within any `window`. */
  readonly requests?: number;
  /** As the gateway writes it: `"1 second"`, `"5 second"`, `"1 minute"`, `"24 hour"`. */
  readonly window?: string;
  /** Each of these has the limit for itself. Default `[]`: all association requests are counted together. */
  readonly each?: readonly CountedFor[];
  /** The hint in a rejection: nothing, `Retry-After: 1`, or the limit in the gateway's message. Default "none". */
  readonly hint?: "none" | "retry-after" | "message";
  /** The status of a rejection, 429 or 200; default 429. */
  readonly status?: 200 | 429;
}

export interface Outage {
  /** Association requests that are served after the outage was configured. 0: the API is down immediately. */
  readonly afterRequests: number;
  /** How long the API stays down, from the first request that fails. */
  readonly forMs: number;
  readonly kind: "reset" | "503" | "hang";
}

/** Tickets by a regular expression's source, or by name. */
export type TicketPattern = string | readonly string[];

/** All settings are optional; the defaults are in `DEFAULT_CONFIG`. */
export interface SimulatorConfig {
  /** 0: any free port. Fixed at start. */
  readonly port?: number;
  /** Fixed at start. */
  readonly host?: string;
  /** Determines which requests get a fault and how long the jitter is. */
  readonly seed?: number;
  /** Time to the response of an association operation. */
  readonly latencyMs?: number;
  /** A random part of this is added to the latency. */
  readonly jitterMs?: number;
  /** How much later the response comes with the fault `slow`. */
  readonly slowMs?: number;
  /** When a write takes effect within the latency: on arrival of the request, or right before its response. */
  readonly writeAt?: "arrival" | "answer";
  /** False: a ticket can get more than three associations. */
  readonly limitEnforced?: boolean;
  /** False: a rejected create keeps the associations that come before the rejected one. */
  readonly atomic?: boolean;
  /** Whether a create adds to the associations of a ticket or replaces them. */
  readonly semantics?: "add" | "replace";
  /** The response to creating an existing association: success, or OSM.01010045. */
  readonly duplicate?: "ok" | "error";
  /** The body of a successful write: `{}`, `{"error_code":"","error_msg":""}`, or none. */
  readonly success?: "empty-object" | "empty-fields" | "no-body";
  /** True: an association also shows on the related ticket and counts towards its three. Changes apply to later writes. */
  readonly symmetric?: boolean;
  /** A list shows the associations as they were this long ago. */
  readonly readLagMs?: number;
  readonly faults?: Partial<Record<Operation, FaultRates>>;
  /** Null: no limit. */
  readonly rateLimit?: RateLimit | null;
  /** True: association requests wait, without any effect, until it is false. */
  readonly suspended?: boolean;
  /** Null: no outage; ends the current one. */
  readonly outage?: Outage | null;
  /** False: requests need no credentials. */
  readonly authentication?: boolean;
  readonly tokenLifetimeMs?: number;
  readonly users?: readonly SimulatorUser[];
  /** Tokens that are accepted without a token call and never expire. */
  readonly tokens?: readonly string[];
  readonly keys?: readonly SimulatorKey[];
  /** Locks a key whose signatures are rejected. Null: never; unlocks every key. */
  readonly keyLock?: KeyLock | null;
  /** Tickets that do not exist, as a ticket or as a related ticket. All others exist. */
  readonly unknownTickets?: TicketPattern;
  /** Tickets that the caller has no permission for. */
  readonly forbiddenTickets?: TicketPattern;
  /** Associations that exist from the start, by ticket. */
  readonly tickets?: Readonly<Record<string, readonly string[]>>;
  /** Maximum number of journal entries, and of violations of each kind; the oldest are dropped. Fixed at start. */
  readonly journalLimit?: number;
}

/** A configuration in which every setting has a value. */
export type CompleteConfig = { readonly [Key in keyof SimulatorConfig]-?: Exclude<SimulatorConfig[Key], undefined> };

export const DEFAULT_CONFIG: CompleteConfig = {
  port: 0,
  host: "127.0.0.1",
  seed: 1,
  latencyMs: 0,
  jitterMs: 0,
  slowMs: 1_500,
  writeAt: "arrival",
  limitEnforced: true,
  atomic: true,
  semantics: "add",
  duplicate: "ok",
  success: "empty-object",
  symmetric: false,
  readLagMs: 0,
  faults: {},
  rateLimit: null,
  suspended: false,
  outage: null,
  authentication: true,
  // Source: IAM, "Obtaining a user token": a token is valid for 24 hours.
  tokenLifetimeMs: 24 * 60 * 60 * 1_000,
  users: [{ name: "demo", password: "demo-password", domain: "demo" }],
  tokens: ["demo-token"],
  keys: [{ accessKey: "DEMOACCESSKEY", secretKey: "demo-secret-key" }],
  // Source: the vendor's FAQ on AK/SK authentication: a key is locked for 5 minutes if it fails more than 5 times in a row.
  keyLock: { afterRejections: 5, forMs: 5 * 60 * 1_000 },
  unknownTickets: [],
  forbiddenTickets: [],
  tickets: {},
  journalLimit: 1_000_000,
};

/** Settings that a running simulator cannot change. */
export const FIXED_SETTINGS = ["port", "host", "journalLimit"] as const;

/**
 * Merges `changes` into `base`. A setting is replaced as a whole; only the rates of `faults` are replaced operation by
 * operation, so that a change of one operation leaves the others unchanged.
 */
export function mergeConfig(base: CompleteConfig, changes: SimulatorConfig): CompleteConfig {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...base, ...given, faults: { ...base.faults, ...changes.faults } };
}

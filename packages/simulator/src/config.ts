import type { FaultRates } from "./fault.ts";
import type { Operation } from "./operation.ts";

/** An IAM user that the token call accepts. */
export interface SimulatorUser {
  readonly name: string;
  readonly password: string;
  /** Name of the account. */
  readonly domain: string;
}

/** A key pair that signatures are checked against. */
export interface SimulatorKey {
  readonly accessKey: string;
  readonly secretKey: string;
  /** When given, requests of this key must carry it as `X-Security-Token`. */
  readonly securityToken?: string;
}

export interface RateLimit {
  /** Requests accepted within any one second, over all association operations. */
  readonly perSecond: number;
  /** What a refused caller is told: nothing, `Retry-After: 1`, or the window in the gateway's message. Default "none". */
  readonly hint?: "none" | "retry-after" | "message";
}

export interface Outage {
  /** Association requests, counted from when the outage was configured, that are still served. 0: down at once. */
  readonly afterRequests: number;
  /** How long the API stays down, from the first request that meets the outage. */
  readonly forMs: number;
  readonly kind: "reset" | "503" | "hang";
}

/** Tickets by a regular expression's source, or by name. */
export type TicketPattern = string | readonly string[];

/** Every setting is optional; the defaults are in `DEFAULT_CONFIG`. */
export interface SimulatorConfig {
  /** 0: any free port. Fixed at start. */
  readonly port?: number;
  /** Fixed at start. */
  readonly host?: string;
  /** Decides which requests meet a fault and how long the jitter is. */
  readonly seed?: number;
  /** Time to an answer of an association operation. */
  readonly latencyMs?: number;
  /** Up to so much is added to the latency. */
  readonly jitterMs?: number;
  /** How much later the fault `slow` answers. */
  readonly slowMs?: number;
  /** When, within the latency, a write takes effect: as soon as the request is there, or right before its answer. */
  readonly writeAt?: "arrival" | "answer";
  /** False: a ticket can get more than three associations. */
  readonly limitEnforced?: boolean;
  /** False: a refused create keeps the associations that stand before the refused one. */
  readonly atomic?: boolean;
  /** Whether a create adds to the associations of a ticket or replaces them. */
  readonly semantics?: "add" | "replace";
  /** What creating an existing association answers: success, or OSM.01010045. */
  readonly duplicate?: "ok" | "error";
  /** The body of a successful write: `{}`, `{"error_code":"","error_msg":""}`, or none. */
  readonly success?: "empty-object" | "empty-fields" | "no-body";
  /** A list shows the associations as they were so long ago. */
  readonly readLagMs?: number;
  readonly faults?: Partial<Record<Operation, FaultRates>>;
  /** Null: no limit. */
  readonly rateLimit?: RateLimit | null;
  /** Null: no outage, and the end of one that is under way. */
  readonly outage?: Outage | null;
  /** False: requests need no credentials. */
  readonly authentication?: boolean;
  readonly tokenLifetimeMs?: number;
  readonly users?: readonly SimulatorUser[];
  /** Tokens that are accepted without a token call and never expire. */
  readonly tokens?: readonly string[];
  readonly keys?: readonly SimulatorKey[];
  /** Tickets that do not exist, as ticket or as related ticket. Every other ticket exists. */
  readonly unknownTickets?: TicketPattern;
  /** Tickets that the caller may not touch. */
  readonly forbiddenTickets?: TicketPattern;
  /** Associations that are there from the start, by ticket. */
  readonly tickets?: Readonly<Record<string, readonly string[]>>;
  /** Journal entries, and violations of each sort, that are kept; the oldest go first. Fixed at start. */
  readonly journalLimit?: number;
}

/** A configuration with every setting decided. */
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
  readLagMs: 0,
  faults: {},
  rateLimit: null,
  outage: null,
  authentication: true,
  // Source: IAM, "Obtaining a user token": a token is valid for 24 hours.
  tokenLifetimeMs: 24 * 60 * 60 * 1_000,
  users: [{ name: "demo", password: "demo-password", domain: "demo" }],
  tokens: ["demo-token"],
  keys: [{ accessKey: "DEMOACCESSKEY", secretKey: "demo-secret-key" }],
  unknownTickets: [],
  forbiddenTickets: [],
  tickets: {},
  journalLimit: 1_000_000,
};

/** Settings that a running simulator cannot change. */
export const FIXED_SETTINGS = ["port", "host", "journalLimit"] as const;

/**
 * Puts `changes` over `base`. A setting is replaced as a whole, only the rates of `faults` are replaced operation by
 * operation, so that a change to one operation leaves the others alone.
 */
export function mergeConfig(base: CompleteConfig, changes: SimulatorConfig): CompleteConfig {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...base, ...given, faults: { ...base.faults, ...changes.faults } };
}

import type { SimulatorConfig } from "@caselink/simulator";
import { between, pick, seededRandom } from "../../packages/workflows/test/simulation/random.ts";

/** What happens to the batches of a chaos run. Each run has each kind with probability 1/2. */
export const CHAOS_KINDS = [
  /** Commands, workers and Temporal are killed. */
  "kills",
  /** Processes that work chunks are stopped, and continue when a successor is working. */
  "stops",
  /** They are stopped while they replace or create a file of the ledger. */
  "renames",
  /** Batches are undone when they have ended, while others still run. */
  "undo",
  /** Batches are retried when they have ended, while others still run. At least one of them is cancelled before. */
  "retry",
  /** An operator cancels and terminates batches in Temporal. */
  "batches",
  /** An operator cancels and terminates lanes and resets their turns in Temporal. */
  "lanes",
  /** The batches belong to two accounts. */
  "accounts",
  /** The clock of a worker is minutes ahead or behind, or jumps. */
  "clock",
  /** An operator pauses batches, and resumes them. */
  "pauses",
] as const;

/** What happens besides in a run on a cluster with PostgreSQL and object storage. */
export const CLUSTER_KINDS = [
  /** Two workers are killed at the same time. */
  "two workers",
  /** PostgreSQL is killed, and starts again after some seconds. */
  "PostgreSQL",
  /** The object storage is killed and starts again, and is slow for a while. */
  "object storage",
  /** A worker is cut off from Temporal, and not from the API and the ledger. */
  "partition",
  /** The clocks of two workers are 10 minutes apart. */
  "ten minutes",
] as const;

export type ChaosKind = (typeof CHAOS_KINDS)[number] | (typeof CLUSTER_KINDS)[number];

/** A fault of the parts of a cluster. */
export type ClusterStrike =
  | "kill two workers"
  | "kill PostgreSQL"
  | "kill the object storage"
  | "slow the object storage down"
  | "cut a worker off";

/** A fault, or what an operator does. */
type StrikeAction =
  | "kill a command"
  | "kill a worker"
  | "kill Temporal"
  | "stop a worker"
  | "cancel a batch"
  | "terminate a batch"
  | "pause a batch"
  | "cancel lanes"
  | "terminate lanes"
  | "reset turns"
  | ClusterStrike;

export interface Strike {
  /** It happens when the server has made this many changes. */
  afterChanges: number;
  action: StrikeAction;
  /** From 0 to 1: chooses among what is there then. */
  choice: number;
}

/**
 * A local Temporal shared by the commands, a Temporal server with worker processes, or a cluster: Temporal with PostgreSQL, the
 * ledger in object storage, and worker processes that seem to run on machines of their own.
 */
export type ChaosServers = "local" | "server" | "cluster";

export type Account = "alice" | "bob";
export type FollowUp = "undo" | "retry" | "undo the retry";

export interface DrawnBatch {
  name: string;
  account: Account;
  /** What is done with it when it has ended. */
  followUps: FollowUp[];
}

export interface DrawnChaos {
  seed: number;
  place: ChaosServers;
  kinds: ChaosKind[];
  batches: DrawnBatch[];
  /** In their order. */
  strikes: Strike[];
  /** How often a process is stopped while it writes a file of the ledger. */
  renameStops: number;
  /** For `shift-clock.mjs`; undefined: all clocks are right. */
  clock: string | undefined;
  simulator: SimulatorConfig;
}

/** Tickets of each batch. */
export const TICKETS = 120;
/** Of these belong to the batch's account alone, if there are two. */
const OWN_TICKETS = 40;
/** Each batch asks for two associations of each ticket. Three are allowed, so only the rows of one batch fit. */
export const PER_TICKET = 2;
/** All associations that fit, if no account has tickets of its own and nothing is undone. */
const CHANGES = TICKETS * PER_TICKET;
export const PASSWORD = "Canary-Password-91be";

/** Everything about a run that the seed decides. */
export function drawChaos(seed: number): DrawnChaos {
  const random = seededRandom(seed);
  const place = seed % 2 === 0 ? "server" : "local";
  const kinds: ChaosKind[] = CHAOS_KINDS.filter((kind) => kind !== "pauses" && random() < 0.5);
  const pauses = drawPauses(seed);
  if (pauses.length > 0) kinds.push("pauses");
  const has = (kind: ChaosKind): boolean => kinds.includes(kind);
  const batches = ["a", "b", "c"].slice(0, between(random, 2, 3)).map((name, at): DrawnBatch => {
    const account = has("accounts") && at % 2 === 1 ? "bob" : "alice";
    return { name, account, followUps: drawFollowUps(random, has("undo"), has("retry")) };
  });
  return {
    seed,
    place,
    kinds,
    batches,
    strikes: [...drawStrikes(random, place, has), ...pauses].sort(byChanges),
    renameStops: has("renames") ? between(random, 2, 5) : 0,
    clock: has("clock") ? pick(random, ["-15", "-2", "3", "20", "jumps", "jumps"]) : undefined,
    simulator: drawSimulator(random, seed, has("accounts")),
  };
}

/** The same run on a cluster, with strikes at its parts. Its ledger is no folder, so that no write to it can be stopped. */
export function drawClusterChaos(seed: number): DrawnChaos {
  const drawn = drawChaos(2 * seed);
  const random = seededRandom(seed + 2_000_000);
  const kinds = CLUSTER_KINDS.filter(() => random() < 0.6);
  const choices: ClusterStrike[] = [
    ...(kinds.includes("two workers") ? (["kill two workers"] as const) : []),
    ...(kinds.includes("PostgreSQL") ? (["kill PostgreSQL"] as const) : []),
    ...(kinds.includes("object storage") ? (["kill the object storage", "slow the object storage down"] as const) : []),
    ...(kinds.includes("partition") ? (["cut a worker off"] as const) : []),
  ];
  const strikes = choices.map((action): Strike => ({
    afterChanges: Math.round(random() * 0.7 * CHANGES),
    action,
    choice: random(),
  }));
  return {
    ...drawn,
    seed,
    place: "cluster",
    kinds: [...drawn.kinds.filter((kind) => kind !== "renames" && kind !== "clock"), ...kinds],
    strikes: [...drawn.strikes, ...strikes].sort(byChanges),
    renameStops: 0,
    clock: undefined,
  };
}

function drawFollowUps(random: () => number, undoes: boolean, retries: boolean): FollowUp[] {
  const choices: FollowUp[][] = [[]];
  if (undoes) choices.push(["undo"], ["undo"]);
  if (retries) choices.push(["retry"], ["retry"]);
  if (undoes && retries) choices.push(["undo", "retry"], ["retry", "undo"], ["retry", "undo the retry"]);
  return pick(random, choices);
}

function drawStrikes(random: () => number, place: DrawnChaos["place"], has: (kind: ChaosKind) => boolean): Strike[] {
  const kills: StrikeAction[] = ["kill a command", "kill Temporal"];
  if (place === "server") kills.push("kill a worker", "kill a worker");
  const actions: StrikeAction[] = [
    ...(has("kills") ? kills : []),
    ...(has("stops") ? (["stop a worker", "stop a worker"] as const) : []),
    ...(has("batches") ? (["cancel a batch", "terminate a batch", "terminate a batch"] as const) : []),
    ...(has("lanes") ? (["cancel lanes", "terminate lanes", "reset turns", "reset turns"] as const) : []),
  ];
  const changes = has("undo") ? 1.5 * CHANGES : CHANGES;
  const strikes = Array.from({ length: actions.length === 0 ? 0 : between(random, 2, 5) }, (): Strike => ({
    afterChanges: Math.round(random() * 0.8 * changes),
    action: pick(random, actions),
    choice: random(),
  }));
  // Without cancelled rows a retry has little to do.
  const cancelled: Strike = { afterChanges: Math.round(random() * 100), action: "cancel a batch", choice: random() };
  return has("retry") ? [...strikes, cancelled] : strikes;
}

/** Drawn apart from the rest: the known seeds stay what they were. */
function drawPauses(seed: number): Strike[] {
  const random = seededRandom(seed + 1_000_000);
  const count = random() < 0.5 ? 0 : between(random, 1, 3);
  return Array.from({ length: count }, () => ({
    afterChanges: Math.round(random() * 0.6 * CHANGES),
    action: "pause a batch",
    choice: random(),
  }));
}

const byChanges = (one: Strike, other: Strike): number => one.afterChanges - other.afterChanges;

function drawSimulator(random: () => number, seed: number, hasAccounts: boolean): SimulatorConfig {
  const rate = (most: number): number => random() * most;
  const write = () => ({
    lostResponse: rate(0.1),
    resetBefore: rate(0.05),
    http500AfterWrite: rate(0.05),
    http503: rate(0.05),
    hangAfterWrite: rate(0.004),
  });
  return {
    seed,
    latencyMs: between(random, 5, 40),
    jitterMs: 10,
    limitEnforced: false,
    atomic: random() < 0.5,
    duplicate: pick(random, ["ok", "error"]),
    readLagMs: pick(random, [0, 0, 300, 3_000]),
    rateLimit: pick(random, [null, null, { perSecond: 60, hint: pick(random, ["none", "retry-after", "message"]) }]),
    outage: pick(random, [
      null,
      { afterRequests: between(random, 50, 300), forMs: 5_000, kind: pick(random, ["503", "reset"]) },
    ]),
    tokenLifetimeMs: between(random, 3_000, 20_000),
    users: [
      { name: "alice", password: PASSWORD, domain: "acme", unknownTickets: hasAccounts ? "^B" : [] },
      { name: "bob", password: PASSWORD, domain: "acme", unknownTickets: "^A" },
    ],
    tickets: { T0: ["x1", "x2", "x3"], T1: ["x1", "x2"], T2: ["x1"] },
    faults: {
      create: write(),
      delete: write(),
      list: { resetBefore: rate(0.05), http503: rate(0.05), operationFailed: rate(0.02) },
      token: { http500: rate(0.2), lostResponse: rate(0.2) },
    },
  };
}

/** The lines of a batch's input, in rounds over its tickets. Each related ticket is requested by only one batch. */
export function rowsOfBatch({ name, account }: DrawnBatch, { kinds }: DrawnChaos): string[] {
  const own = kinds.includes("accounts") ? OWN_TICKETS : 0;
  const ticketOf = (at: number): string => (at < TICKETS - own ? `T${at}` : `${account === "alice" ? "A" : "B"}${at}`);
  return Array.from({ length: TICKETS * PER_TICKET }, (_, at) => `${ticketOf(at % TICKETS)},${name}${at},g`);
}

/** The settings of a server that behaves well. */
export const NO_FAULTS: SimulatorConfig = {
  faults: { create: {}, delete: {}, list: {}, token: {} },
  rateLimit: null,
  outage: null,
  readLagMs: 0,
};

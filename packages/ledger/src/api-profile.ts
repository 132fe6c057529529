import { isObject } from "@caselink/common";
import { sha256 } from "./files/checksum.ts";
import { LedgerError } from "./ledger-error.ts";
import type { Store } from "./store/store.ts";
import { listVersions, readNewest, removeVersionsBelow, versionPath, type Chain } from "./store/versions.ts";

/** The behaviour of an API that its documents leave open. A fact that was not observed yet is absent. */
export interface ApiFactValues {
  /** Whether an association also shows on the related ticket and counts towards the three of that ticket. */
  symmetric: boolean;
  /** The response to a create of an association that exists: `success`, or the error code. */
  repeated_create: string;
  /** Whether a rejected create with several related ids creates none of them, or possibly some. */
  rejected_call: "all-or-nothing" | "partial";
  /** The longest time after a write in which reads did not show it, in milliseconds. */
  read_lag_ms: number;
}

/** An observed fact, without the time. */
export interface ApiObservation<Value> {
  value: Value;
  /** The call and the response that show it, in one sentence without secrets. */
  evidence: string;
}

export interface ApiFact<Value> extends ApiObservation<Value> {
  observed_at: string;
}

/** The observations of one contact with an API. */
export type ApiObservations = { [Name in keyof ApiFactValues]?: ApiObservation<ApiFactValues[Name]> | undefined };

/** The facts that are known about the API at one endpoint: the newest version in a folder of `apis/`. */
export interface ApiProfile {
  version: 1;
  endpoint: string;
  updated_at: string;
  facts: { [Name in keyof ApiFactValues]?: ApiFact<ApiFactValues[Name]> };
}

const PROFILES = "apis";

const REJECTED_CALLS: readonly unknown[] = ["all-or-nothing", "partial"] satisfies ApiFactValues["rejected_call"][];

const IS_VALUE: Readonly<Record<keyof ApiFactValues, (value: unknown) => boolean>> = {
  symmetric: (value) => typeof value === "boolean",
  repeated_create: (value) => typeof value === "string" && value !== "",
  rejected_call: (value) => REJECTED_CALLS.includes(value),
  read_lag_ms: (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
};

/** Of the writers that try at the same time, one succeeds, and the others read the profile again: as many tries as writers. */
const WRITE_TRIES = 50;

/** Returns the profile of an endpoint; undefined if no fact was recorded. Throws `corrupt`, naming file and fix. */
export async function readApiProfile(store: Store, endpoint: string): Promise<ApiProfile | undefined> {
  return (await readStored(store, endpoint)).profile;
}

/** The newest version of a profile; 0: none was stored as a version. */
async function readStored(
  store: Store,
  endpoint: string,
): Promise<{ version: number; profile: ApiProfile | undefined }> {
  const chain = chainOf(endpoint);
  const newest = await readNewest(store, chain);
  if (newest) {
    const file = store.describe(versionPath(chain, newest.version));
    return { version: newest.version, profile: parseProfile(newest.text, file) };
  }
  // An earlier version of caselink kept one file for each profile.
  const single = chain.folder + chain.ending;
  const text = await store.readText(single);
  return { version: 0, profile: text === undefined ? undefined : parseProfile(text, store.describe(single)) };
}

/** Returns whether there is a profile of any endpoint, without reading it. */
export async function hasApiProfiles(store: Store): Promise<boolean> {
  return (await store.list(PROFILES)).length > 0;
}

/** Returns whether the API at an endpoint is symmetric; undefined if that is not known. */
export async function readSymmetry(store: Store, endpoint: string): Promise<boolean | undefined> {
  if (!URL.canParse(endpoint)) return undefined;
  return (await readApiProfile(store, endpoint))?.facts.symmetric?.value;
}

/**
 * Merges observations into the profile of an endpoint, fact by fact. An observation replaces an earlier one; only of
 * the read lag the longest stays. Several processes may do so at the same time: each change is a new version of the file, made
 * from the one before it. Returns the profile.
 */
export async function recordApiFacts(
  store: Store,
  endpoint: string,
  observations: ApiObservations,
  now: Date,
): Promise<ApiProfile> {
  const chain = chainOf(endpoint);
  for (let tries = 1; ; tries++) {
    const { version, profile: known } = await readStored(store, endpoint);
    // This creates the ledger's folder if the profile is its first file.
    if (known === undefined) await (await store.createStagingFolder()).remove();
    const profile = merge(known, endpoint, observations, now);
    if (await createNewest(store, chain, version + 1, `${JSON.stringify(profile, undefined, 2)}\n`)) return profile;
    if (tries === WRITE_TRIES)
      throw new LedgerError("conflict", `Other processes keep changing ${store.describe(chain.folder)}. Try again.`);
  }
}

/** Creates a version, and removes those below it. False if another process has created that version, or a later one. */
async function createNewest(store: Store, chain: Chain, version: number, text: string): Promise<boolean> {
  if (!(await store.writeOnce(versionPath(chain, version), text))) return false;
  const versions = await listVersions(store, chain);
  // A version that came and went while this process stalled can be created again. No one reads it.
  if (versions.at(-1) !== version) return false;
  await removeVersionsBelow(store, chain, version, versions);
  return true;
}

function merge(known: ApiProfile | undefined, endpoint: string, observations: ApiObservations, now: Date): ApiProfile {
  const observed_at = now.toISOString();
  const facts: Record<string, ApiFact<unknown>> = { ...known?.facts };
  for (const [name, observation] of Object.entries(observations)) {
    if (observation === undefined) continue;
    const { value, evidence } = observation;
    const earlier = facts[name]?.value;
    if (name === "read_lag_ms" && typeof earlier === "number" && earlier > Number(value)) continue;
    facts[name] = { value, evidence, observed_at };
  }
  return { version: 1, endpoint, updated_at: observed_at, facts };
}

function parseProfile(text: string, file: string): ApiProfile {
  let profile: unknown;
  try {
    profile = JSON.parse(text);
  } catch (error) {
    throw unusable(`${file} is not JSON: it was changed or damaged outside of caselink.`, error);
  }
  if (!isObject(profile) || typeof profile.version !== "number")
    throw unusable(`${file} is not the profile of an API.`);
  if (profile.version !== 1) {
    throw unusable(`${file} has version ${profile.version}: a newer caselink wrote it. Use that one.`);
  }
  const problem = findProblem(profile);
  if (problem !== undefined) throw unusable(`${file} is not the profile of an API: ${problem}.`);
  return profile as unknown as ApiProfile;
}

/** Facts with other names are those of a newer caselink: they stay in the file and decide nothing. */
function findProblem({ endpoint, updated_at, facts }: Record<string, unknown>): string | undefined {
  if (typeof endpoint !== "string") return "its endpoint is missing";
  if (typeof updated_at !== "string") return "its date is missing";
  if (!isObject(facts)) return "its facts are missing";
  for (const [name, isValue] of Object.entries(IS_VALUE)) {
    const fact = facts[name];
    if (fact === undefined) continue;
    const isWhole = isObject(fact) && typeof fact.evidence === "string" && typeof fact.observed_at === "string";
    if (!isWhole || !isValue(fact.value)) return `its fact ${name} is damaged`;
  }
  return undefined;
}

function unusable(problem: string, cause?: unknown): LedgerError {
  const fix = "To observe the facts again, delete the file.";
  return new LedgerError("corrupt", `${problem} ${fix}`, cause === undefined ? undefined : { cause });
}

/** The folder's name contains a digest, because different addresses can have the same readable part. */
function chainOf(endpoint: string): Chain {
  if (!URL.canParse(endpoint)) throw new LedgerError("bad-option", "The endpoint of an API must be its base URL.");
  const { host, pathname } = new URL(endpoint);
  const key = `${host}${pathname.replace(/\/+$/, "")}`;
  const name = `${key.replaceAll(/[^A-Za-z0-9.-]/g, "_").slice(0, 100)}-${sha256(key).slice(0, 8)}`;
  return { folder: `${PROFILES}/${name}`, ending: ".json" };
}

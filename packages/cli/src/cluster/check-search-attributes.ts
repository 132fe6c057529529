import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "@temporalio/client";
import { SEARCH_ATTRIBUTE_NAMES } from "@caselink/workflows";
import { grpcCodeOf } from "@caselink/worker/config";
import { english } from "../language/words.ts";
import { failed, messageOf, ok, warning, type Finding } from "../doctor/finding.ts";
import { grpcCode, isDenied, withLimit } from "./cluster-connection.ts";

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API. */
const KEYWORD = 2;
/** The caches of a server know new search attributes within a minute. */
const SHOWN_WITHIN_MS = 60_000;
const INTERVAL_MS = 500;

/**
 * Checks the search attributes of batches, and creates those that are missing if `mayCreate` is true. Without them batches run,
 * and cannot be searched.
 */
export async function checkSearchAttributes(
  connection: Connection,
  namespace: string,
  mayCreate: boolean,
): Promise<{ findings: Finding[]; created: string[] }> {
  let known: Readonly<Record<string, number>>;
  try {
    known = await readTypes(connection, namespace);
  } catch (error) {
    return { findings: [unreadable(error)], created: [] };
  }
  const wrong = SEARCH_ATTRIBUTE_NAMES.filter((name) => known[name] !== undefined && known[name] !== KEYWORD);
  if (wrong.length > 0) {
    const message = `${wrong.join(", ")} exists in the namespace with another type than keyword: batches could not start`;
    return {
      findings: [failed("attributes", message, "Rename or remove it there, then run this again.", "configuration")],
      created: [],
    };
  }
  const missing = SEARCH_ATTRIBUTE_NAMES.filter((name) => known[name] === undefined);
  if (missing.length === 0)
    return {
      findings: [ok("attributes", english`batches can be searched by ${SEARCH_ATTRIBUTE_NAMES.join(", ")}`)],
      created: [],
    };
  if (!mayCreate) {
    const message = `the namespace lacks the search attributes ${missing.join(", ")}: batches run, and cannot be found by their state`;
    return { findings: [warning("attributes", message, "Create them: caselink cluster setup")], created: [] };
  }
  return create(connection, namespace, missing);
}

async function create(
  connection: Connection,
  namespace: string,
  missing: readonly string[],
): Promise<{ findings: Finding[]; created: string[] }> {
  const names = missing.join(", ");
  try {
    await withLimit(connection, () =>
      connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      }),
    ).catch((error: unknown) => {
      if (grpcCodeOf(error) !== grpcCode.alreadyExists) throw error; // another set-up was faster
    });
    if (await areShown(connection, namespace, missing))
      return {
        findings: [ok("attributes", english`created the search attributes ${names} (keyword)`)],
        created: [...missing],
      };
    const message = `the search attributes ${names} were created, but the cluster does not show them within a minute`;
    return {
      findings: [warning("attributes", message, "Run caselink cluster check in some minutes.")],
      created: [...missing],
    };
  } catch (error) {
    return { findings: [notCreated(error, names, namespace)], created: [] };
  }
}

function notCreated(error: unknown, names: string, namespace: string): Finding {
  if (isDenied(error) || grpcCodeOf(error) === grpcCode.unimplemented)
    return warning(
      "attributes",
      `the search attributes ${names} may not be created here: AddSearchAttributes is denied`,
      `Let an administrator create them with the type keyword in the namespace ${namespace}; in Temporal Cloud on its page.`,
    );
  return warning(
    "attributes",
    `the search attributes ${names} cannot be created (${messageOf(error)})`,
    "Ask the operators of the cluster. Batches run without them, and cannot be found by their state.",
  );
}

function unreadable(error: unknown): Finding {
  const reason = isDenied(error) ? "ListSearchAttributes is denied" : messageOf(error);
  const message = `the search attributes cannot be read (${reason}): batches run without them`;
  return warning("attributes", message, "To find batches by their state, let an administrator permit it.");
}

async function areShown(connection: Connection, namespace: string, names: readonly string[]): Promise<boolean> {
  const until = performance.now() + SHOWN_WITHIN_MS;
  for (;;) {
    // They were created: a request that fails meanwhile says nothing about them.
    const known = await readTypes(connection, namespace).catch((): Readonly<Record<string, number>> => ({}));
    if (names.every((name) => known[name] !== undefined)) return true;
    if (performance.now() > until) return false;
    await delay(INTERVAL_MS);
  }
}

/** The types of the namespace's own search attributes, by name. */
async function readTypes(connection: Connection, namespace: string): Promise<Readonly<Record<string, number>>> {
  const { customAttributes } = await withLimit(connection, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  return customAttributes;
}

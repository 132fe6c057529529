import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "@temporalio/client";
import { grpcCodeOf } from "@caselink/worker/config";
import { english } from "../language/words.ts";
import { failed, messageOf, ok, warning, type Finding } from "../doctor/finding.ts";
import { grpcCode, isDenied, withLimit } from "./cluster-connection.ts";

const DAY_S = 86_400;
/**
 * Temporal forgets the end of a batch after the retention. Nothing of the batch is lost: the ledger has it. But a batch that was
 * stopped on a Friday evening should still say why on Monday, and `verify` compares results with the end that Temporal recorded.
 */
const MIN_RETENTION_S = 3 * DAY_S;
/** A server knows a new namespace everywhere after some seconds. */
const CREATED_WITHIN_MS = 30_000;
const INTERVAL_MS = 500;

/** `NAMESPACE_STATE_REGISTERED` of Temporal's API. */
const REGISTERED = 1;

interface Namespace {
  name: string;
  state: number;
  retentionS: number;
  /** The server executes updates: pause, resume and cancel are updates. */
  hasUpdates: boolean;
}

/** The settings of a namespace that is created. */
export interface NewNamespace {
  retentionMs: number;
}

/** Checks the namespace of batches. Creates it if it does not exist and `create` is given. */
export async function checkNamespace(
  connection: Connection,
  name: string,
  create: NewNamespace | undefined,
): Promise<{ findings: Finding[]; isUsable: boolean; created: string[] }> {
  const findings: Finding[] = [];
  const created: string[] = [];
  try {
    let namespace = await findNamespace(connection, name);
    if (!namespace && create) {
      if (await register(connection, name, create)) {
        created.push(`namespace ${name}`);
        findings.push(ok("namespace", english`created the namespace ${name}`));
      }
      namespace = await untilKnown(connection, name);
    }
    if (!namespace) {
      const advice = "Check TEMPORAL_NAMESPACE, or create it: caselink cluster setup --create-namespace";
      return {
        findings: [failed("namespace", `the namespace ${name} does not exist`, advice, "configuration")],
        isUsable: false,
        created,
      };
    }
    findings.push(...findingsOf(namespace));
    return { findings, isUsable: namespace.state === REGISTERED, created };
  } catch (error) {
    findings.push(failureOf(error, name));
    return { findings, isUsable: false, created };
  }
}

function failureOf(error: unknown, name: string): Finding {
  if (isDenied(error)) {
    const advice = "Let an administrator grant access to the namespace, or create it and grant access to it.";
    return failed("namespace", `the namespace ${name} may not be read or created`, advice, "configuration");
  }
  return failed("namespace", messageOf(error), "Try again; if it fails again, ask the operators of the cluster.");
}

async function findNamespace(connection: Connection, namespace: string): Promise<Namespace | undefined> {
  try {
    const found = await withLimit(connection, () => connection.workflowService.describeNamespace({ namespace }));
    const { namespaceInfo, config } = found;
    return {
      name: namespace,
      state: namespaceInfo?.state ?? 0,
      retentionS: Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0),
      hasUpdates: namespaceInfo?.capabilities?.syncUpdate === true,
    };
  } catch (error) {
    if (grpcCodeOf(error) === grpcCode.notFound) return undefined;
    throw error;
  }
}

/** False if another set-up was faster. */
async function register(connection: Connection, name: string, { retentionMs }: NewNamespace): Promise<boolean> {
  try {
    await withLimit(connection, () =>
      connection.workflowService.registerNamespace({
        namespace: name,
        description: "caselink",
        // The type of the field is a Long; protobufjs also takes a number.
        workflowExecutionRetentionPeriod: { seconds: Math.round(retentionMs / 1000) as unknown as never },
      }),
    );
    return true;
  } catch (error) {
    if (grpcCodeOf(error) === grpcCode.alreadyExists) return false;
    throw error;
  }
}

async function untilKnown(connection: Connection, name: string): Promise<Namespace> {
  const until = performance.now() + CREATED_WITHIN_MS;
  for (;;) {
    // It exists: a request that fails meanwhile says nothing about it.
    const namespace = await findNamespace(connection, name).catch(() => undefined);
    if (namespace && (await isKnown(connection, name))) return namespace;
    if (performance.now() > until)
      throw new Error(`the namespace ${name} exists, but the cluster does not show it within 30 s`);
    await delay(INTERVAL_MS);
  }
}

/** A server finds a new namespace in its database before it knows it everywhere. */
async function isKnown(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await withLimit(connection, () => connection.operatorService.listSearchAttributes({ namespace }));
    return true;
  } catch (error) {
    return grpcCodeOf(error) !== grpcCode.notFound;
  }
}

/** Whether batches can run in the namespace, and what they lack there. */
export function findingsOf({ name, state, retentionS, hasUpdates }: Namespace): Finding[] {
  if (state !== REGISTERED)
    return [
      failed(
        "namespace",
        `the namespace ${name} is being deleted or is deprecated`,
        "Set TEMPORAL_NAMESPACE to the name of another one.",
        "configuration",
      ),
    ];
  const days = Math.floor(retentionS / DAY_S);
  const findings =
    retentionS >= MIN_RETENTION_S
      ? [ok("namespace", english`the namespace ${name} exists; it keeps the end of a batch for ${days} days`)]
      : [
          warning(
            "namespace",
            `the namespace ${name} forgets the end of a batch after ${Math.round(retentionS / 3600)} hours`,
            "A batch that was stopped should say why after a weekend: set its retention to 3 days or more, best 30.",
          ),
        ];
  if (!hasUpdates) {
    const advice = "Use a server of version 1.25 or newer, or set frontend.enableUpdateWorkflowExecution there.";
    findings.push(
      failed(
        "server",
        "the server executes no updates: batches could not be paused or cancelled",
        advice,
        "configuration",
      ),
    );
  }
  return findings;
}

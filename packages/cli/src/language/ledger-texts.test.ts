import { mkdir, readFile } from "node:fs/promises";
import { errorMessage } from "@caselink/common";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InputError, LedgerError, type Diagnostic, type PlannedBatch } from "@caselink/ledger";
import { ApiError, ConnectionError } from "@caselink/sdk";
import { BatchStoppedError, OtherBatchError } from "@caselink/workflows";
import { defaultCredentials } from "@caselink/sdk/credentials";
import { filesOf, ODD_ROWS, rows, UNUSABLE } from "../../../ledger/test/bad-inputs.ts";
import { createTemporaryLedger } from "../../../ledger/test/temporary-ledger.ts";
import { translated, useLanguage } from "./words.ts";

beforeAll(() => useLanguage({ CASELINK_LANG: "zh" }));
afterAll(() => useLanguage({ CASELINK_LANG: "en" }));

/** English that a translation still has: three words, other than in quotation marks, paths, commands and details of libraries. */
function hasEnglish(translation: string): boolean {
  const own = translation
    .replace(/(?<=损坏的.*)（.*）/, "")
    .replaceAll(/"[^"\n]*"|“[^”\n]*”/g, "")
    .replaceAll(/\/\S+/g, "")
    .replaceAll(/caselink [a-z]+/g, "");
  return /[a-z]+[,;:]? [a-z]+[,;:]? [a-z]+/.test(own);
}

/** The texts that are not Chinese, with what is shown for them. */
const notInChinese = (texts: readonly string[]): [text: string, shown: string][] =>
  texts
    .map((text): [string, string] => [text, translated(text)])
    .filter(([, shown]) => !/\p{Script=Han}/u.test(shown) || hasEnglish(shown));

const textsOf = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.flatMap(({ reason, advice }) => (advice === undefined ? [reason] : [reason, advice]));

/** The reasons of the rows that are not sent. */
async function reasonsOf(planned: PlannedBatch, out: string): Promise<string[]> {
  await planned.report({ format: "jsonl", out });
  const lines = (await readFile(out, "utf8")).split("\n").filter(Boolean);
  return lines.map((line) => String(Object(JSON.parse(line)).error_message ?? "")).filter(Boolean);
}

describe("the ledger", () => {
  test.each(ODD_ROWS)("says what it finds in $title", async ({ files, request, isSymmetric }) => {
    await using temporary = await createTemporaryLedger();
    if (isSymmetric) {
      const symmetric = { value: true, evidence: "observed" };
      await temporary.ledger.recordApiFacts("https://api.example.com", { symmetric });
    }
    const planned = await temporary.plan(filesOf(files), request);
    const found = textsOf([...planned.errors, ...planned.warnings]);
    const texts = [...found, ...(await reasonsOf(planned, temporary.path("report.jsonl")))];
    expect(texts).not.toEqual([]);
    expect(notInChinese(texts)).toEqual([]);
  });

  test.each(UNUSABLE)("says why it cannot plan $title", async ({ files, request }) => {
    await using temporary = await createTemporaryLedger();
    const error: unknown = await temporary.plan(filesOf(files), request).catch((thrown: unknown) => thrown);
    if (!(error instanceof LedgerError)) throw error;
    expect(notInChinese([error.message, ...(error instanceof InputError ? textsOf(error.diagnostics) : [])])).toEqual(
      [],
    );
  });

  test("says which file or batch it has not", async () => {
    await using temporary = await createTemporaryLedger();
    const { ledger, path } = temporary;
    await mkdir(path("folder"));
    const plan = (...paths: string[]) => temporary.plan({}, { inputs: paths.map((name) => ({ path: name })) });
    const input = await temporary.write("in.csv", rows("T,r,g"));
    const other = await temporary.write("other.csv", rows("U,r,g"));
    const named = { id: "named" };
    await (await temporary.plan({}, { ...named, inputs: [{ path: input }] })).commit();
    const failing = [
      () => plan(path("none.csv")),
      () => plan(path("folder")),
      () => plan("/dev/null"),
      () => plan(),
      () => plan("-"),
      () => temporary.plan({}, { inputs: [{ path: input, sheet: "tickets" }] }),
      () => temporary.plan({}, { inputs: [{ path: input }], maxRate: 0 }),
      () => temporary.plan({}, { inputs: [{ path: input }], id: "a/b" }),
      async () => (await temporary.plan({}, { ...named, inputs: [{ path: other }] })).commit(),
      () => ledger.planUndo("none", "u"),
      () => ledger.planUndo("named", "u"),
      () => ledger.planRetry("named"),
      () => ledger.forget("named"),
    ];
    const messages = [];
    for (const fail of failing) {
      messages.push(await fail().then(() => "nothing failed", errorMessage));
    }
    expect(notInChinese(messages)).toEqual([]);
  });
});

/** The facts of a call to the API that every error has. */
const CALL = { operation: "list associations of T1", ticketId: "T1", execution: "no", attempts: 1 } as const;

describe("the client", () => {
  test.each([
    "refused",
    "dns",
    "untrusted",
    "reset",
    "timeout",
    "aborted",
    "throttled",
    "unsent",
    "unreadable",
    "network",
  ] as const)("names a connection that is %s", (kind) => {
    const facts = { ...CALL, kind, cause: undefined };
    const address = "https://osm.example.com/v2/servicerequest/cases/T1/relations";
    const signIn = { ...facts, operation: "sign in (POST /v3/auth/tokens)", phase: "sign-in" } as const;
    expect(
      notInChinese([
        new ConnectionError(facts).message,
        new ConnectionError({ ...facts, address, detail: "ECONNREFUSED at [::1]:443" }).message,
        new ConnectionError({ ...signIn, address, detail: "E" }).message,
        `no token: ${new ConnectionError(signIn).message}`,
      ]),
    ).toEqual([]);
  });

  test.each(["the response is not as documented", "it has 2 of 3 associations and no room for 2 more"])(
    "says that %s",
    (remark) => {
      const facts = { ...CALL, httpStatus: 200, errorClass: "unknown", requestId: "r-1", remark } as const;
      const { message } = new ApiError(facts);
      expect(
        notInChinese([
          message,
          new ApiError({ ...facts, operation: "create associations of T1" }).message,
          new ApiError({ ...facts, operation: "delete association of T1" }).message,
          `every ticket was rejected so far (no code, HTTP 200: ${message})`,
          `there is no such API at https://osm.example.com (no code, HTTP 404: ${message})`,
        ]),
      ).toEqual([]);
    },
  );

  test("keeps the words of the API", () => {
    const text = "OSM.00000001, HTTP 200: No operation permission.";
    expect(translated(text)).toBe(text);
    expect(translated(`every ticket was rejected so far (${text})`)).toContain(text);
  });

  test("says which credentials are missing", () => {
    const found = [{}, { CASELINK_IAM_USER: "u" }, { HUAWEICLOUD_SDK_AK: "a" }].map((env) => {
      try {
        return defaultCredentials({ environment: { HUAWEICLOUD_SDK_CREDENTIALS_FILE: "/none", ...env } }).source;
      } catch (error) {
        return errorMessage(error);
      }
    });
    expect(notInChinese(found)).toEqual([]);
  });
});

test("the workflows say why a batch waits or stopped", () => {
  const stops = (["terminated", "cancelled", "timed out", "deleted", "failed"] as const).map(
    (how) => new BatchStoppedError("b1", how, { cause: new Error("missing") }).message,
  );
  const damage =
    "/ledger/a.jsonl does not have the checksum it was written with: it was cut short or changed outside of caselink. Restore it from a copy.";
  expect(
    notInChinese([
      ...stops,
      new OtherBatchError("b1", { startedAt: new Date(), isRunning: true }).message,
      "the API does not respond",
      "the API responds with HTTP 503",
      "no worker with a token runs for this API; start one with the credentials of the batch: caselink worker",
      "no worker of account a1 runs for this API; start one with the credentials of the batch: caselink worker",
      `1 ticket waits for batch b2, which may have written to the same: ${damage}`,
      `3 tickets wait for batch b2, which may have written to the same: ${damage}`,
      `batch b2 may have written to the ticket: this row waits until that batch has read it or ends (${damage})`,
      "batch b2 may have written to the ticket: this row waits until that batch has read it or ends",
      "the API does not behave as documented: the ticket of row 7 had associations: 2 before a write of 1 that succeeded, 1 after it; 2 went away",
      "the API does not behave as documented: the ticket of row 7 had associations: 1 before a removal of 1 that succeeded, 2 after it; 1 did not come; 1 did not go away",
      "every write so far got a response with an undocumented code (OSM.9: Unknown)",
      "the API's limit allows the next request in 90 s",
    ]),
  ).toEqual([]);
});

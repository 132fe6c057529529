import { ApiError, ConnectionError } from "@caselink/sdk";
import { expect, test } from "vitest";
import { CredentialsGate } from "./credentials-gate.ts";
import { UnsentError } from "../chunk/verdict.ts";

const rejection = (): ApiError =>
  new ApiError({
    operation: "list",
    httpStatus: 401,
    code: "APIGW.0301",
    errorClass: "unauthenticated",
    execution: "no",
    attempts: 1,
  });
const notFound = (): ApiError =>
  new ApiError({ operation: "list", httpStatus: 200, errorClass: "not-found", execution: "no", attempts: 1 });
const lost = (): ConnectionError =>
  new ConnectionError({ operation: "list", kind: "reset", execution: "no", attempts: 1, cause: undefined });

const noToken = (): ApiError =>
  new ApiError({
    operation: "POST /v3/auth/tokens",
    httpStatus: 500,
    phase: "sign-in",
    wasSent: "no",
    errorClass: "transient",
    execution: "no",
    attempts: 1,
  });

/** A gate over requests that the test ends one by one. */
function openGate() {
  let time = 0;
  const gate = new CredentialsGate(() => time);
  const sent: PromiseWithResolvers<string>[] = [];
  const call = () => {
    const request = Promise.withResolvers<string>();
    sent.push(request);
    return request.promise;
  };
  const ends: string[] = [];
  /** Asks to send; `ends` gets the result. */
  const ask = (): Promise<void> =>
    gate
      .run(call, (other) => other)
      .then(
        () => void ends.push("done"),
        (error: unknown) => void ends.push(error instanceof UnsentError ? "not sent" : "failed"),
      );
  return { gate, sent, ask, ends, pass: (milliseconds: number) => (time += milliseconds) };
}

test.for([
  ["a response", undefined],
  ["a rejection of a ticket", notFound()],
] as const)("one request goes ahead, and %s to it starts all others", async ([, error]) => {
  const { sent, ask, ends } = openGate();
  const asked = Array.from({ length: 16 }, ask);
  expect(sent).toHaveLength(1);
  if (error) sent[0]?.reject(error);
  else sent[0]?.resolve("");
  await asked[0];
  await expect.poll(() => sent.length).toBe(16);
  for (const request of sent) request.resolve("");
  await Promise.all(asked);
  expect(ends.filter((end) => end === "done").length).toBeGreaterThanOrEqual(15);
});

test("requests that wait for one whose credentials are rejected send nothing", async () => {
  const { sent, ask, ends } = openGate();
  const asked = Array.from({ length: 16 }, ask);
  sent[0]?.reject(rejection());
  await Promise.all([...asked, ask(), ask()]);
  expect(sent).toHaveLength(1);
  expect(ends.filter((end) => end === "not sent")).toHaveLength(17);
});

test.for([
  ["a request without a response", lost()],
  ["a failure of IAM", noToken()],
] as const)("%s proves nothing about the credentials, and the next request goes ahead", async ([, error]) => {
  const { sent, ask } = openGate();
  const asked = [ask(), ask(), ask()];
  sent[0]?.reject(error);
  await asked[0];
  await expect.poll(() => sent.length).toBe(2);
  sent[1]?.resolve("");
  await expect.poll(() => sent.length).toBe(3);
  sent[2]?.resolve("");
  await Promise.all(asked);
});

test("rejected credentials are sent again after 5 s, growing to 5 min", async () => {
  const { sent, ask, pass } = openGate();
  const at: number[] = [];
  for (let second = 0; second < 1_500; second++) {
    const before = sent.length;
    const asked = [ask(), ask()];
    if (sent.length > before) {
      at.push(second);
      sent.at(-1)?.reject(rejection());
    }
    await Promise.all(asked);
    pass(1_000);
  }
  expect(at).toEqual([0, 5, 15, 35, 75, 155, 315, 615, 915, 1_215]);
});

test("rejected credentials are sent again immediately after a reset", async () => {
  const { gate, sent, ask, ends } = openGate();
  const first = ask();
  sent[0]?.reject(rejection());
  await first;
  gate.reset();
  const asked = [ask(), ask()];
  expect(sent).toHaveLength(2);
  sent[1]?.resolve("");
  await expect.poll(() => sent.length).toBe(3);
  sent[2]?.resolve("");
  await Promise.all(asked);
  expect(ends).toEqual(["failed", "done", "done"]);
});

test("credentials that are rejected later close the gate once, when a call that is made again alone is rejected", async () => {
  const { sent, ask, ends, pass } = openGate();
  const first = ask();
  sent[0]?.resolve("");
  await first;
  const asked = Array.from({ length: 8 }, ask);
  expect(sent).toHaveLength(9);
  for (const request of sent.slice(1, 8)) request.reject(rejection());
  sent[8]?.resolve("");
  await expect.poll(() => sent.length).toBe(10);
  sent[9]?.reject(rejection());
  await Promise.all(asked);
  await ask();
  expect(sent).toHaveLength(10);
  expect(ends.toSorted()).toEqual(["done", "done", "failed", ...Array<string>(7).fill("not sent")]);
  pass(5_000);
  const probe = ask();
  expect(sent).toHaveLength(11);
  sent[10]?.resolve("");
  await probe;
});

test("calls that are rejected next to accepted ones are made once more, one by one, before any other call", async () => {
  const { sent, ask, ends } = openGate();
  const first = ask();
  sent[0]?.resolve("");
  await first;
  const asked = Array.from({ length: 4 }, ask);
  for (const request of sent.slice(1)) request.reject(rejection());
  for (const again of [6, 7, 8, 9]) {
    await expect.poll(() => sent.length).toBe(again);
    if (again === 6) asked.push(ask());
    expect(sent).toHaveLength(again);
    sent[again - 1]?.resolve("");
  }
  await expect.poll(() => sent.length).toBe(10);
  sent[9]?.resolve("");
  await Promise.all(asked);
  expect(ends).toEqual(Array<string>(6).fill("done"));
});

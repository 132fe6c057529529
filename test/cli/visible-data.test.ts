// What a cluster shows of a batch to everyone who may read the namespace: no ids of tickets, no columns of the input, no names.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connectToTemporal, readCluster } from "@caselink/test-support/cluster";
import { newBatch } from "@caselink/test-support";
import { openCluster, type CliHarness } from "@caselink/test-support/cli";
import { taskQueueOf } from "@caselink/workflows";
import { expect, onTestFinished, test } from "vitest";

const USER = { name: "seen-user", password: "seen-password", domain: "seen-domain" };
const CREDENTIALS = {
  CASELINK_TOKEN: undefined,
  CASELINK_IAM_USER: USER.name,
  CASELINK_IAM_PASSWORD: USER.password,
  CASELINK_IAM_DOMAIN: USER.domain,
};
/** In every value of the input and of the credentials. */
const SEEN = /seen-/i;

const input = (tickets: number): string =>
  [
    "case_id,related_id,group_id,seen-column",
    ...Array.from({ length: tickets }, (_, at) => `SEEN-T${at},SEEN-R${at},seen-group,seen-note ${at}`),
    "",
  ].join("\n");

async function visible(apiUrl: string): Promise<string> {
  return readCluster(await connectToTemporal(), `TaskQueue = '${taskQueueOf(apiUrl)}'`);
}

const signedIn = (apiUrl: string) => ({ ...CREDENTIALS, CASELINK_IAM_ENDPOINT: apiUrl });

/** Runs a batch that ends with the status, and returns its id and what it printed. */
async function run(stage: CliHarness, status: number, tickets = 40): Promise<{ batch: string; printed: string }> {
  const batch = newBatch("visible");
  await stage.write("seen-file.csv", input(tickets));
  const ended = await stage.run(["run", "seen-file.csv", "--batch", batch, "--yes"]);
  expect([ended.status, ended.stderr]).toEqual([status, expect.any(String)]);
  return { batch, printed: ended.stdout + ended.stderr };
}

test("a batch, its retry and its undo show nothing of the input and of the account", async () => {
  await using stage = await openCluster({ users: [{ ...USER, unknownTickets: "^SEEN-T7$" }], latencyMs: 5 }, signedIn);
  await stage.startWorker();
  const { batch } = await run(stage, 3);
  expect((await stage.run(["retry", batch, "--outcome", "not_found", "--yes"])).status).toBe(3);
  expect((await stage.run(["undo", batch, "--yes"])).status).toBe(0);
  const text = await visible(stage.simulator.url);
  for (const id of [batch, `${batch}-retry-1`, `undo-1-${batch}`]) expect(text).toContain(`caselink-batch:${id}`);
  expect(text).toContain("rows of");
  expect(text).not.toMatch(SEEN);
});

test("a batch that is blocked because the API replaces names the ticket by its row, and the screen names the ticket", async () => {
  const tickets = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`SEEN-T${at}`, ["SEEN-OLD"]]));
  await using stage = await openCluster({ users: [USER], semantics: "replace", tickets }, signedIn);
  await stage.startWorker();
  const { batch, printed } = await run(stage, 4);
  expect(printed).toMatch(/Ticket: SEEN-T\d+/);
  const text = await visible(stage.simulator.url);
  expect(text).toMatch(/the ticket of row \d+ had associations: 1 before/);
  expect(text).not.toMatch(SEEN);
  const events = await stage.run(["attach", batch, "--json"]);
  expect(events.last()).toMatchObject({ event: "blocked", case_id: expect.stringMatching(/^SEEN-T\d+$/) });
});

test.each([
  ["a permission", 403, "APIGW.0302", 4],
  ["rejected credentials", 401, "APIGW.0301", 4],
])(
  "a batch that waits for %s shows the message of the API without the ids in it",
  async (_what, status, code, exit) => {
    const server = createServer((request, response) => {
      const ticket = decodeURIComponent(request.url?.split("/").at(-2) ?? "");
      const error_msg = `no access to ${ticket} here`;
      response
        .writeHead(status, { "content-type": "application/json" })
        .end(JSON.stringify({ error_code: code, error_msg }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using stage = await openCluster({}, { CASELINK_ENDPOINT: url, CASELINK_TOKEN: "seen-token" });
    await stage.startWorker();
    await run(stage, exit);
    const text = await visible(url);
    expect(text).toContain(code);
    expect(text).not.toMatch(SEEN);
  },
);

// Alternates list and create calls, IN_FLIGHT at a time. Usage: node caller.ts sdk|undici|fetch URL CALLS IN_FLIGHT.
// Prints one line of JSON.
import { createOsmClient, staticToken } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import createClient from "openapi-fetch";
import { Agent, request } from "undici";
import type { paths } from "../../packages/sdk/src/generated/osm.ts";

const [kind = "", url = ""] = process.argv.slice(2);
const [calls, inFlight] = [Number(process.argv[4]), Number(process.argv[5])];
const ids = ["1", "2", "3"];

type Call = (ticketId: string, isWrite: boolean) => Promise<unknown>;
const PATH = "/v2/servicerequest/cases/{case_id}/relations";
const headers = { "X-Auth-Token": "token", "Content-Type": "application/json" };

/** The clients, each written as its users would write it. All of them send and read the same JSON. */
const CLIENTS: Record<string, () => Call> = {
  sdk() {
    const client = createOsmClient({
      endpoint: url,
      auth: staticToken("token"),
      fetch: createNodeTransport({ connections: inFlight }),
    });
    return (ticketId, isWrite) =>
      isWrite
        ? client.createAssociations({ ticketId, relatedIds: ids, groupId: "g" })
        : client.listAssociations({ ticketId });
  },
  undici() {
    const dispatcher = new Agent({ connections: inFlight });
    return async (ticketId, isWrite) => {
      const { statusCode, body } = await request(`${url}${PATH.replace("{case_id}", encodeURIComponent(ticketId))}`, {
        dispatcher,
        method: isWrite ? "POST" : "GET",
        headers,
        ...(isWrite && { body: JSON.stringify({ related_id_list: ids, group_id: "g" }) }),
      });
      const text = await body.text();
      const response = (text === "" ? {} : JSON.parse(text)) as { error_code?: string };
      if (statusCode !== 200 || response.error_code) throw new Error(`${statusCode} ${response.error_code}`);
      return response;
    };
  },
  fetch() {
    const client = createClient<paths>({ baseUrl: url, headers });
    return async (ticketId, isWrite) => {
      const params = { path: { case_id: ticketId } };
      const { data, error } = isWrite
        ? await client.POST(PATH, { params, body: { related_id_list: ids, group_id: "g" } })
        : await client.GET(PATH, { params });
      if (error || (data && "error_code" in data && data.error_code)) throw new Error("rejected");
      return data;
    };
  },
};

const create = CLIENTS[kind];
if (create === undefined) throw new Error(`no client "${kind}"`);
const call = create();

async function run(count: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (let index = next++; index < count; index = next++) await call(`ticket-${index}`, index % 2 === 1);
    }),
  );
}

await run(calls / 5); // warms up
const before = process.cpuUsage();
const startedAt = performance.now();
await run(calls);
const seconds = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ rate: calls / seconds, cpuMicroseconds: (user + system) / calls }));
process.exit(0);

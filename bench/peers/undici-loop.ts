// The loop of `loop.ts` with undici's `request` and hand-written JSON: the fastest Node client that we know of.
// Usage: node undici-loop.ts URL TICKETS IN_FLIGHT. Prints one line of JSON.
import { Pool } from "undici";
import { target, timeLoop } from "./time-loop.ts";

const headers = { "x-auth-token": "demo-token", "content-type": "application/json" };
const pool = new Pool(target.url, { connections: target.inFlight });

async function link(ticket: string, wanted: string[]): Promise<void> {
  const path = `/v2/servicerequest/cases/${ticket}/relations`;
  const listed = (await call("GET", path)) as { case_relation_list?: { case_id: string }[] };
  const present = new Set(listed.case_relation_list?.map((relation) => relation.case_id));
  const missing = wanted.filter((id) => !present.has(id));
  if (missing.length > 0) await call("POST", path, JSON.stringify({ related_id_list: missing, group_id: "g" }));
}

async function call(method: "GET" | "POST", path: string, content?: string): Promise<object> {
  const { statusCode, body } = await pool.request({ path, method, headers, body: content ?? null });
  const text = await body.text();
  const response = (text ? JSON.parse(text) : {}) as { error_code?: string };
  if (statusCode >= 400 || response.error_code) throw new Error(`${statusCode} ${response.error_code}`);
  return response;
}

await timeLoop(link, () => pool.close());

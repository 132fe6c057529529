// A typical hand-written loop with the global fetch: lists each ticket and posts the missing associations.
// Usage: node loop.ts URL TICKETS IN_FLIGHT. Prints one line of JSON.
import { target, timeLoop } from "./time-loop.ts";

const headers = { "x-auth-token": "demo-token", "content-type": "application/json" };

async function link(ticket: string, wanted: string[]): Promise<void> {
  const path = `${target.url}/v2/servicerequest/cases/${ticket}/relations`;
  const listed = (await (await fetch(path, { headers })).json()) as { case_relation_list?: { case_id: string }[] };
  const present = new Set(listed.case_relation_list?.map((relation) => relation.case_id));
  const missing = wanted.filter((id) => !present.has(id));
  if (missing.length === 0) return;
  const body = JSON.stringify({ related_id_list: missing, group_id: "g" });
  const response = await fetch(path, { method: "POST", headers, body });
  const text = await response.text();
  const { error_code: code } = (text ? JSON.parse(text) : {}) as { error_code?: string };
  if (!response.ok || code) throw new Error(`${response.status} ${code}`);
}

await timeLoop(link);

// The loop of `loop.ts` with undici's `request` and JSON by hand: the most that a client in Node makes here, whatever it keeps.
// Usage: node undici-loop.ts URL TICKETS IN_FLIGHT. Prints one line of JSON.
import { Pool } from "undici";

const [url, ticketCount, inFlight] = [process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4])];
const headers = { "x-auth-token": "demo-token", "content-type": "application/json" };
const pool = new Pool(url, { connections: inFlight });

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
  const answer = (text ? JSON.parse(text) : {}) as { error_code?: string };
  if (statusCode >= 400 || answer.error_code) throw new Error(`${statusCode} ${answer.error_code}`);
  return answer;
}

const startedAt = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: inFlight }, async () => {
    for (let i = next++; i < ticketCount; i = next++) await link(`U${i}`, [`U${i}-a`, `U${i}-b`, `U${i}-c`]);
  }),
);
const seconds = (performance.now() - startedAt) / 1000;
await pool.close();
console.log(JSON.stringify({ seconds, rssMb: process.resourceUsage().maxRSS / 1024 }));

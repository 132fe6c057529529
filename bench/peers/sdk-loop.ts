// The loop of `loop.ts` with the SDK and its transport for Node: what this machine allows without anything durable.
// Usage: node sdk-loop.ts URL TICKETS IN_FLIGHT. Prints one line of JSON.
import { createOsmClient, staticToken } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";

const [url, ticketCount, inFlight] = [process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4])];
const transport = createNodeTransport();
const client = createOsmClient({ endpoint: url, auth: staticToken("demo-token"), fetch: transport });

async function link(ticketId: string, wanted: string[]): Promise<void> {
  const { associations } = await client.listAssociations({ ticketId });
  const present = new Set(associations.map((association) => association.ticketId));
  const relatedIds = wanted.filter((id) => !present.has(id));
  if (relatedIds.length > 0) await client.createAssociations({ ticketId, relatedIds, groupId: "g" });
}

const startedAt = performance.now();
let next = 0;
await Promise.all(
  Array.from({ length: inFlight }, async () => {
    for (let i = next++; i < ticketCount; i = next++) await link(`S${i}`, [`S${i}-a`, `S${i}-b`, `S${i}-c`]);
  }),
);
const seconds = (performance.now() - startedAt) / 1000;
await transport.close();
console.log(JSON.stringify({ seconds, rssMb: process.resourceUsage().maxRSS / 1024 }));

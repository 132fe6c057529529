// The loop of `loop.ts` with the SDK and its Node transport: the rate of this machine without a ledger and workflows.
// Usage: node sdk-loop.ts URL TICKETS IN_FLIGHT. Prints one line of JSON.
import { createOsmClient, staticToken } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";
import { target, timeLoop } from "./time-loop.ts";

const transport = createNodeTransport();
const client = createOsmClient({ endpoint: target.url, auth: staticToken("demo-token"), fetch: transport });

async function link(ticketId: string, wanted: string[]): Promise<void> {
  const { associations } = await client.listAssociations({ ticketId });
  const present = new Set(associations.map((association) => association.ticketId));
  const relatedIds = wanted.filter((id) => !present.has(id));
  if (relatedIds.length > 0) await client.createAssociations({ ticketId, relatedIds, groupId: "g" });
}

await timeLoop(link, () => transport.close());

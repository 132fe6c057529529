// Associates a few tickets in parallel, limits the rate, and prints each outcome. For thousands of tickets, with a report
// and safe against crashes, use the command-line tool.
import { createOsmClient, createRateLimiter, ensureAssociations, isApiError, isConnectionError } from "@caselink/sdk";
import { createNodeTransport, defaultCredentials } from "@caselink/sdk/node";

const WANTED: Record<string, string[]> = {
  "case-201": ["case-301", "case-302"],
  "case-202": ["case-301"],
  "case-123": ["case-301"],
};

const transport = createNodeTransport();
const client = createOsmClient({
  endpoint: process.env["CASELINK_ENDPOINT"] ?? "https://osm.ap-southeast-3.myhuaweicloud.com",
  auth: defaultCredentials().auth,
  rateLimiter: createRateLimiter({ maxRate: 50 }),
  fetch: transport,
});

await Promise.all(
  Object.entries(WANTED).map(async ([ticketId, relatedIds]) => {
    try {
      const { created, existing } = await ensureAssociations(client, { ticketId, relatedIds, groupId: "group-1" });
      console.log(ticketId, "created", created, "already there", existing);
    } catch (error) {
      if (isApiError(error)) console.log(ticketId, error.errorClass, error.code, error.requestId);
      else if (isConnectionError(error)) console.log(ticketId, error.kind, "executed:", error.execution);
      else throw error;
    }
  }),
);
await transport.close();

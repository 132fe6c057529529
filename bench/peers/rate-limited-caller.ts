// Lists and creates associations in turn, as fast as the SDK's rate limiter allows.
// Usage: node rate-limited-caller.ts URL SECONDS IN_FLIGHT.
import { createOsmClient, createRateLimiter, isApiError, isConnectionError, staticToken } from "@caselink/sdk";
import { createNodeTransport } from "@caselink/sdk/node";

const [url, seconds, inFlight] = [process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4])];
const fetch = createNodeTransport({ connections: inFlight });
const client = createOsmClient({
  endpoint: url,
  auth: staticToken("demo-token"),
  rateLimiter: createRateLimiter(),
  fetch,
});
const signal = AbortSignal.timeout(seconds * 1_000);
const tolerate = (error: unknown): void => {
  if (!isApiError(error) && !isConnectionError(error)) throw error;
};
await Promise.all(
  Array.from({ length: inFlight }, async (_, index) => {
    const ticketId = `P${index}`;
    while (!signal.aborted) {
      await client.listAssociations({ ticketId }, { signal }).catch(tolerate);
      await client.createAssociations({ ticketId, relatedIds: ["R"] }, { signal }).catch(tolerate);
    }
  }),
);
await fetch.close();

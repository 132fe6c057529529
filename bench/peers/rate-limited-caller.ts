// Lists associations as fast as the SDK's rate limiter allows. Usage: node rate-limited-caller.ts URL SECONDS IN_FLIGHT.
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
await Promise.all(
  Array.from({ length: inFlight }, async (_, index) => {
    while (!signal.aborted) {
      await client.listAssociations({ ticketId: `P${index}` }, { signal }).catch((error: unknown) => {
        if (!isApiError(error) && !isConnectionError(error)) throw error;
      });
    }
  }),
);
await fetch.close();

import { createOsmClient, staticToken, type OsmClient, type OsmClientOptions } from "../../src/index.ts";

export interface TestClient extends OsmClient {
  /** The waits between attempts, in milliseconds. They are recorded, but not waited for. */
  readonly waitsMs: number[];
}

/** A client with a token. Its waits are recorded and end immediately; they have the maximum length. */
export function createTestClient(endpoint: string, options: Partial<OsmClientOptions> = {}): TestClient {
  const waitsMs: number[] = [];
  const client = createOsmClient({
    endpoint,
    auth: staticToken("test-token"),
    random: () => 1,
    sleep: (durationMs) => {
      waitsMs.push(durationMs);
      return Promise.resolve();
    },
    // Throttling is the rate limiter's task, and has its own tests.
    rateLimiter: { acquire: () => Promise.resolve(), recordResponse() {}, setMaxRate() {} },
    ...options,
  });
  return { ...client, waitsMs };
}

export const CREATION = { ticketId: "case-123", relatedIds: ["1", "2", "3"], groupId: "group-1" } as const;

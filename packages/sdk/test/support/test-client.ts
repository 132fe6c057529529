import { createOsmClient, staticToken, type OsmClient, type OsmClientOptions } from "../../src/index.ts";

export interface TestClient extends OsmClient {
  /** The waits between attempts, in milliseconds; none of them is really waited for. */
  readonly waitsMs: number[];
}

/** A client with a token, whose waits are noted down and over at once. Its jitter is the full one. */
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
    // Throttling is the pace's own matter, with its own tests.
    pace: { acquire: () => Promise.resolve(), noteAnswer() {}, setMaxRate() {} },
    ...options,
  });
  return { ...client, waitsMs };
}

export const CREATION = { ticketId: "case-123", relatedIds: ["1", "2", "3"], groupId: "group-1" } as const;

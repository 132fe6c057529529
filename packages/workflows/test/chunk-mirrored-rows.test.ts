import { chunkIds } from "@caselink/ledger";
import { expect, test } from "vitest";
import { openEngineHarness, type Row } from "./support/engine-harness.ts";
import { workAll } from "./support/work-all.ts";

test("each chunk starts with a ticket whose rows repeat no earlier one, so that a first write is no duplicate", async () => {
  await using harness = await openEngineHarness();
  const pairs = Array.from({ length: 40 }, (_, at): Row => [`A${at}`, `B${at}`]);
  const mirrored = pairs.map(([ticket, related]): Row => [related, ticket]);
  // Each pair is followed by its mirrored row, so chunks contain both kinds in any order.
  const record = await harness.plan(pairs.flatMap((pair, at) => [pair, mirrored[at] ?? pair]));
  await workAll(harness, record);
  const creates = harness.simulator.journal().filter(({ operation }) => operation === "create");
  const firstTickets: (string | null | undefined)[] = [];
  for (const id of chunkIds(record)) {
    const tickets = (await harness.ledger.readChunk(record.id, id)).map(({ ticket }) => ticket);
    if (!tickets.some((ticket) => ticket.startsWith("A"))) continue;
    firstTickets.push(creates.find(({ ticket }) => ticket !== undefined && tickets.includes(ticket))?.ticket);
  }
  expect(firstTickets.length).toBeGreaterThan(3);
  expect(firstTickets.filter((ticket) => !ticket?.startsWith("A"))).toEqual([]);
});

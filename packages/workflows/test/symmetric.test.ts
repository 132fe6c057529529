import { expect, inject, test } from "vitest";
import { ASSOCIATIONS_PER_TICKET } from "@caselink/sdk";
import type { SimulatorConfig } from "@caselink/simulator";
import { openTemporalHarness, type TemporalHarness } from "./support/temporal-harness.ts";
import type { Row } from "./support/engine-harness.ts";

const open = (config: SimulatorConfig) => openTemporalHarness(inject("temporalAddress"), config);

/** The associations of each ticket now. */
const associationsOf = ({ simulator }: TemporalHarness): Record<string, string[]> =>
  Object.fromEntries(simulator.tickets());

/** Tickets that name one master, and pairs that name each other, spread over all lanes. */
const MASTERS = Array.from({ length: 5 }, (_, at) => `MASTER${at}`);
const STARS = MASTERS.flatMap((master) => Array.from({ length: 12 }, (_, at): Row => [`${master}T${at}`, master]));
const PAIRS = Array.from({ length: 30 }, (_, at): Row[] => [
  [`A${at}`, `B${at}`],
  [`B${at}`, `A${at}`],
]).flat();

test.each([true, false])(
  "on a symmetric API a batch finds out, and three holds for both tickets (the server enforces it: %s)",
  async (limitEnforced) => {
    await using harness = await open({ symmetric: true, limitEnforced });
    const record = await harness.plan([...STARS, ...PAIRS]);
    await harness.batches.start(record);
    const summary = await harness.batches.summary(record.id);
    const associations = associationsOf(harness);
    for (const [ticket, related] of Object.entries(associations))
      expect([ticket, related.length]).toEqual([ticket, Math.min(related.length, ASSOCIATIONS_PER_TICKET)]);
    for (const master of MASTERS) expect(associations[master]).toHaveLength(ASSOCIATIONS_PER_TICKET);
    expect(summary).toMatchObject({
      created: 3 * MASTERS.length + 30,
      limit_reached: 9 * MASTERS.length,
      duplicate: 30,
      already_associated: 0,
      failed: 0,
    });
    expect((await harness.ledger.apiProfile(harness.simulator.url))?.facts.symmetric?.value).toBe(true);
    expect(harness.simulator.counts().violations).toMatchObject({
      overLimitStored: 0,
      racingWrites: 0,
      repeatedCreates: 0,
    });
  },
);

test("the undo of a batch on a symmetric API leaves nothing", async () => {
  await using harness = await open({ symmetric: true });
  const record = await harness.plan([...STARS, ...PAIRS]);
  await harness.batches.start(record);
  const { created } = await harness.batches.summary(record.id);
  const undo = await harness.ledger.planUndo(record.id, "undo");
  await harness.batches.start(undo);
  expect(await harness.batches.summary(undo.id)).toMatchObject({ removed: created, not_found: 0, failed: 0 });
  expect(associationsOf(harness)).toEqual({});
});

test("a row whose related ticket has no room says so", async () => {
  await using harness = await open({ symmetric: true, tickets: { FULL: ["x", "y", "z"] } });
  await harness.ledger.recordApiFacts(harness.simulator.url, { symmetric: { value: true, evidence: "seen before" } });
  const record = await harness.plan([
    ["T1", "FULL"],
    ["T2", "EMPTY"],
  ]);
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 1, limit_reached: 1 });
  const results = await Promise.all(
    Object.keys(record.chunks).map((lane) => harness.ledger.readResults(record.id, `${lane}-00000`)),
  );
  const messages = results.flat().flatMap(({ error_message }) => error_message ?? []);
  expect(messages).toEqual(["the related ticket FULL has no room for it: at most three associations"]);
});

test("associations in both directions that existed before do not make an API symmetric", async () => {
  const tickets = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`R${at}`, [`T${at}`]]));
  await using harness = await open({ tickets });
  const record = await harness.plan(Array.from({ length: 20 }, (_, at): Row => [`T${at}`, `R${at}`]));
  await harness.batches.start(record);
  expect(await harness.batches.summary(record.id)).toMatchObject({ created: 20, duplicate: 0 });
  expect(await harness.ledger.apiProfile(harness.simulator.url)).toBeUndefined();
});

test("a batch that moves to one lane can be paused, resumed and cancelled", async () => {
  await using harness = await open({ symmetric: true, latencyMs: 20 });
  const record = await harness.plan(Array.from({ length: 400 }, (_, at): Row => [`T${at}`, `R${at}`]));
  await harness.startAndChange(record, 1, { suspended: true });
  await harness.batches.pause(record.id);
  await harness.batches.resume(record.id);
  harness.simulator.configure({ suspended: false });
  await harness.simulator.waitFor(({ counts }) => counts.written >= 100);
  // The rest would take minutes: the batch cannot end before it is cancelled.
  harness.simulator.configure({ latencyMs: 5_000 });
  expect(await harness.batches.progress(record.id)).toMatchObject({ isSymmetric: true });
  await harness.batches.cancel(record.id);
  const { created, cancelled, failed } = await harness.batches.summary(record.id);
  expect([created + cancelled, failed]).toEqual([400, 0]);
  expect(Object.keys(associationsOf(harness))).toHaveLength(2 * created);
});

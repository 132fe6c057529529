import { expect, test } from "vitest";
import { FORBIDDEN } from "../../test/support/scripted-api.ts";
import { MemoryTurns } from "../../test/support/memory-turn.ts";
import { MOST_KINDS } from "../workflow/batch-rejections.ts";
import { RejectionClassifier, TurnRejections } from "./rejection-classifier.ts";

const reasonOf = (rejection: string) => ({ kind: "permission" as const, reason: "no", rejection });

test("a turn reports each rejected ticket once, by kind, and what the process saw accepted", () => {
  const classifier = new RejectionClassifier(100);
  const turn = new TurnRejections(classifier, {});
  expect(turn.report).toEqual({});
  for (const ticket of ["T", "U", "T"]) expect(turn.scopeOf(ticket, reasonOf("read service"))).toBe("unknown");
  expect(turn.scopeOf("T", reasonOf("write gateway"))).toBe("unknown");
  classifier.recordAccepted("write");
  expect(turn.scopeOf("U", reasonOf("write gateway"))).toBe("ticket");
  expect(turn.report).toEqual({
    accepted: ["write"],
    rejections: [
      { kind: "read service", tickets: 2, reason: reasonOf("read service") },
      { kind: "write gateway", tickets: 1, reason: reasonOf("write gateway") },
    ],
  });
});

test("the turns of a process share their proof, and each reports its own tickets", () => {
  const classifier = new RejectionClassifier(100);
  const [one, other] = [new TurnRejections(classifier, {}), new TurnRejections(classifier, {})];
  const scopes = [one, other, other].map((turn, at) => turn.scopeOf(`T${at}`, reasonOf("read gateway")));
  expect(scopes).toEqual(["unknown", "unknown", "batch"]);
  expect([one, other].map(({ report }) => report.rejections?.[0]?.tickets)).toEqual([1, 2]);
});

test("without another ticket to compare with, a rejection is its ticket's, up to the proof", () => {
  const turn = new TurnRejections(new RejectionClassifier(100), { isCompared: true });
  const scopes = ["T", "U", "V"].map((ticket) => turn.scopeOf(ticket, reasonOf("read gateway")));
  expect(scopes).toEqual(["ticket", "ticket", "batch"]);
});

test("a turn reports a bounded number of kinds", () => {
  const turn = new TurnRejections(new RejectionClassifier(100), {});
  for (let code = 0; code < MOST_KINDS + 3; code++) turn.scopeOf("T", reasonOf(`code ${code}`));
  expect(turn.report.rejections).toHaveLength(MOST_KINDS);
});

/** A batch of 100 tickets, of which the chunk has one; the API denies reading it. */
function denied(): MemoryTurns {
  const turns = new MemoryTurns({}, () => ({ error: FORBIDDEN }));
  turns.plan({ T: ["a"] });
  turns.dependencies.classifier = new RejectionClassifier(100);
  return turns;
}

test("a ticket whose rejection cannot be placed waits for the batch, without a pause in its turn", async () => {
  const turns = denied();
  const result = await turns.work();
  expect(result).toMatchObject({ deferred: 0, retryable: 1, rejections: [{ kind: "read service", tickets: 1 }] });
  expect([turns.outcomes(), turns.api.calls, result.waitReason]).toEqual([["-"], ["list T"], undefined]);
  expect(turns.clock.now()).toBeLessThan(100);
});

test.for([{ accepted: ["read"] }, { isCompared: true }] as const)(
  "the next turn settles it when the batch says %o",
  async (known) => {
    const turns = denied();
    await turns.work();
    const task = "accepted" in known ? { accepted: [...known.accepted] } : known;
    expect(await turns.work(task)).toMatchObject({ deferred: 0, retryable: 0 });
    expect(turns.outcomes()).toEqual(["forbidden"]);
  },
);

test("permission to write does not follow from permission to read", async () => {
  const turns = new MemoryTurns({}, (call) => (call.startsWith("create") ? { error: FORBIDDEN } : undefined));
  turns.plan({ T: ["a"] });
  turns.dependencies.classifier = new RejectionClassifier(100);
  expect(await turns.work()).toMatchObject({ accepted: ["read"], rejections: [{ kind: "write service" }] });
  expect(await turns.work({ accepted: ["read", "write"] })).toMatchObject({ retryable: 0 });
  expect(turns.outcomes()).toEqual(["forbidden"]);
});

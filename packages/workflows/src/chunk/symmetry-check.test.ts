import { expect, test } from "vitest";
import { SymmetryCheck } from "./symmetry-check.ts";

/** A check over an API that shows these associations of the related ticket, one list for each read. */
function checkOver(shows: (string[] | "fails")[]) {
  const learned: string[] = [];
  const asked: string[] = [];
  const state = { isOpen: true };
  const check = new SymmetryCheck({
    isOpen: () => state.isOpen,
    learn: async (evidence) => void learned.push(evidence),
    api: {
      listAssociations: async ({ ticketId }) => {
        asked.push(ticketId);
        const shown = shows.shift() ?? "fails";
        if (shown === "fails") throw new Error("it cannot be read");
        const associations = shown.map((id) => ({ ticketId: id }));
        return { httpStatus: 200, requestId: undefined, attempts: 1, associations };
      },
    },
  });
  return { check, learned, asked, state };
}

test("an association that comes to the related ticket with the write proves that the API is symmetric", async () => {
  const { check, learned, asked } = checkOver([["x"], ["x", "T"]]);
  await (await check.look("T", "R"))?.conclude();
  expect(asked).toEqual(["R", "R"]);
  expect(learned).toEqual(["after creating T -> R, the list of R had T"]);
});

test("an association that does not come, or a related ticket that cannot be read again, proves nothing", async () => {
  for (const after of [["x"], "fails"] as const) {
    const { check, learned } = checkOver([["x"], typeof after === "string" ? after : [...after]]);
    await (await check.look("T", "R"))?.conclude();
    expect(learned).toEqual([]);
  }
});

test("there is nothing to find out if it was there before, cannot be read, or is known", async () => {
  expect(await checkOver([["T"]]).check.look("T", "R")).toBeUndefined();
  expect(await checkOver(["fails"]).check.look("T", "R")).toBeUndefined();
  const known = checkOver([[], ["T"]]);
  known.state.isOpen = false;
  expect([await known.check.look("T", "R"), known.asked]).toEqual([undefined, []]);
});

test("what another batch has learned meanwhile is not learned again", async () => {
  const { check, learned, state } = checkOver([[], ["T"]]);
  const look = await check.look("T", "R");
  state.isOpen = false;
  await look?.conclude();
  expect(learned).toEqual([]);
});

import { expect, test } from "vitest";
import { CreateFlights } from "./create-flights.ts";
import { Journal } from "./journal.ts";

function startFlights() {
  const journal = new Journal(10, () => {});
  const flights = new CreateFlights(journal);
  const arrive = (ticket: string, atMs: number) => {
    const entry = journal.open({ operation: "create", ticket }, atMs);
    flights.report(entry, ticket, atMs);
    return flights.begin(entry, ticket);
  };
  return { journal, arrive };
}

test("a create that arrives while another is in flight is a race; one that arrives after its end is not", () => {
  const { journal, arrive } = startFlights();
  const first = arrive("T1", 0);
  arrive("T2", 10).end();
  arrive("T1", 20).end();
  first.end();
  arrive("T1", 30);
  expect(journal.violations().racingWrites).toMatchObject([{ n: 3, ticket: "T1", detail: "request 1 was in flight" }]);
});

test("a race is retracted if the caller turns out soon to have closed the connection", () => {
  const { journal, arrive } = startFlights();
  const first = arrive("T1", 0);
  arrive("T1", 1_000).end();
  first.abort(1_100);
  expect(journal.violations().racingWrites).toEqual([]);
  expect(journal.liveCounts.violations.racingWrites).toBe(0);

  const second = arrive("T1", 2_000);
  arrive("T1", 3_000).end();
  second.abort(3_101);
  expect(journal.violations().racingWrites).toMatchObject([{ n: 4 }]);
});

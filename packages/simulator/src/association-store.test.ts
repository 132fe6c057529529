import { expect, test } from "vitest";
import { AssociationStore } from "./association-store.ts";

test("relatedToAt looks back as far as the writes are remembered", () => {
  const store = new AssociationStore({ T1: ["A"] });
  store.write("T1", ["A", "B"], 1_000, { rememberMs: 500, symmetric: false });
  store.write("T1", ["B"], 1_200, { rememberMs: 500, symmetric: false });
  expect(store.relatedToAt("T1", 999)).toEqual(["A"]);
  expect(store.relatedToAt("T1", 1_000)).toEqual(["A", "B"]);
  expect(store.relatedToAt("T1", 1_199)).toEqual(["A", "B"]);
  expect(store.relatedToAt("T1", 1_200)).toEqual(["B"]);
  expect(store.relatedToAt("T2", 0)).toEqual([]);
});

test("a snapshot is a copy without the tickets that have no associations", () => {
  const store = new AssociationStore({ T1: ["A"], T2: ["B"] });
  const snapshot = store.snapshot();
  store.write("T1", [], 1, { rememberMs: 0, symmetric: false });
  expect(snapshot.get("T1")).toEqual(["A"]);
  expect(store.snapshot()).toEqual(new Map([["T2", ["B"]]]));
});

import { expect, test } from "vitest";
import { rememberRequest, withoutIds } from "./request-ids.ts";

test("a text about an error has none of the ids of its request, and keeps words that contain one", () => {
  const error = new Error("rejected");
  rememberRequest(error, { ticketId: "SR1", relatedIds: ["SR10", "SR2"], groupId: "g" });
  expect(withoutIds("ticket SR1 of group g: SR10, 'SR2' and SR1 are wrong", error)).toBe(
    "ticket (id) of group (id): (id), '(id)' and (id) are wrong",
  );
  expect(withoutIds("SR1", new Error("another"))).toBe("SR1");
});

test("without a request, the ticket that the error itself names is hidden", () => {
  expect(withoutIds("list SR1: HTTP 503", Object.assign(new Error("x"), { ticketId: "SR1" }))).toBe(
    "list (id): HTTP 503",
  );
});

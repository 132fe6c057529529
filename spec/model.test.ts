import { expect, test } from "vitest";
import { checkModel, describeViolation, type CheckResult } from "./check-model.ts";
import { ordersModel, type OrdersMutant } from "./orders.ts";
import type { OrdersState } from "./orders-state.ts";
import { writersModel, type WritersMutant } from "./writers.ts";
import type { WritersState } from "./writers-state.ts";

/** Both batches ask for the same association of ticket 0, and for different ones of ticket 1, which has room for one. */
const TICKETS: { asks: [number, number] }[] = [{ asks: [0, 0] }, { asks: [0, 1] }];

/** A stalled attempt interleaves with many others: one ticket is enough for it. */
const ONE_TICKET = TICKETS.slice(0, 1);

type WriterFaults = Partial<WritersState["faults"]>;
type OrderFaults = Partial<OrdersState["may"]>;

function checkWriters(faults: WriterFaults, mutant?: WritersMutant): CheckResult {
  const none = { crash: 0, stall: 0, loss: 0, cancel: 0, terminate: 0 };
  const tickets = faults.stall ? ONE_TICKET : TICKETS;
  return checkModel(writersModel({ tickets, limit: 1, faults: { ...none, ...faults } }, mutant));
}

const checkOrders = (may: OrderFaults, mutant?: OrdersMutant): CheckResult => checkModel(ordersModel([1], may, mutant));

test.for<WriterFaults>([
  { crash: 1, loss: 1 },
  { stall: 1, crash: 1 },
  { crash: 1, cancel: 1 },
  { crash: 1, terminate: 1 },
])("two batches on one lane keep every promise in all states with the faults %j", (faults) =>
  expect(describeViolation(checkWriters(faults))).toBe(""),
);

test.for<[WritersMutant, WriterFaults]>([
  ["takes a new snapshot after a crash", { crash: 1 }],
  ["takes a new snapshot in the next turn", { loss: 1 }],
  ["works a ticket that another batch may have written to", { loss: 1 }],
  ["names its chunk only when it releases the lease", { crash: 1 }],
  ["sends before its snapshot is stored", { crash: 1 }],
  ["sends without verifying the lease", { stall: 1 }],
  ["does not wait for a stalled predecessor", { stall: 1 }],
  ["releases the lease while it waits", { stall: 1 }],
  ["replaces newer results", { stall: 1 }],
  ["replaces a newer snapshot", { stall: 1 }],
  ["does not seal the named chunks", { stall: 1 }],
  ["does not seal its own chunk", { stall: 1 }],
  ["releases the lease before it has sealed", { stall: 1 }],
  ["brings back a lease that others have removed", { stall: 1, crash: 1 }],
  ["opens its chunk without verifying the lease", { stall: 1 }],
  ["gives up while a write may still arrive", { crash: 1, cancel: 1 }],
])("an attempt that %s is found with the faults %j", ([mutant, faults]) => {
  expect(checkWriters(faults, mutant).violation?.steps.length).toBeGreaterThan(0);
});

test.for<OrderFaults>([
  {},
  { pause: 1 },
  { terminateLane: 1 },
  { cancelLane: 1, delay: 1 },
  { cancel: 1 },
  { terminateBatch: 1 },
  { resetBatch: 1 },
])("a batch and its lane always reach their end in all states with %j", (may) =>
  expect(describeViolation(checkOrders(may))).toBe(""),
);

test.for<[OrdersMutant, OrderFaults]>([
  ["orders are never repeated", { terminateLane: 1 }],
  ["a native cancel is not passed on to the lane", { cancel: 1 }],
  ["an older order counts", { pause: 1, delay: 1 }],
  ["an order of an older run counts", { terminateBatch: 1, pause: 1 }],
  ["a batch that gave up on rows ends without a confirmation", {}],
  ["a cancelled batch ends without a confirmation", { cancel: 1 }],
  ["a report adds its counts", {}],
])("the fault that %s is found with %j", ([mutant, may]) => {
  expect(checkOrders(may, mutant).violation?.steps.length).toBeGreaterThan(0);
});

test("a lane that keeps a terminated batch is found with two chunks", () => {
  const may = { terminateBatch: 1 };
  const { violation } = checkModel(ordersModel([2], may, "a lane keeps a batch that takes no report"));
  expect(violation?.broken).toBe("a batch that takes no report is dropped");
});

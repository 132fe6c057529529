// A batch and a lane of another version, as far as followers see them.
import { condition, defineQuery, proxyActivities, setHandler } from "@temporalio/workflow";

const { workOther } = proxyActivities<{ workOther(): Promise<void> }>({
  startToCloseTimeout: "10 minutes",
  heartbeatTimeout: "10 minutes",
});

/** Its progress leaves out what later versions say, but not the lanes that work. */
export async function otherBatch(): Promise<void> {
  setHandler(defineQuery("progress"), () => ({
    phase: "running",
    rows: 9,
    tickets: 9,
    settledTickets: 2,
    startedAt: 0,
    openLanes: ["a"],
  }));
  await condition(() => false);
}

export async function otherLane(): Promise<void> {
  await workOther();
}

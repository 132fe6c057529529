import type { ModelBatch } from "./model-batch.ts";
import type { OperatorFault } from "./schedule.ts";
import type { World } from "./world.ts";

/** Does at its time what an operator, or someone else with access to the tickets, does. */
export async function act(world: World, fault: OperatorFault): Promise<void> {
  const { clock, server } = world;
  await clock.sleep(fault.atMs);
  const note = (what: string): unknown => server.story.push(`${clock.now()} ms  an operator ${what}`);
  if (fault.kind === "foreign") return server.changeAsForeigner(fault.ticket, fault.related, fault.adds);
  if (fault.kind === "lane") {
    note(`${fault.action} of lane ${fault.lane}`);
    const lane = world.lanes.of(fault.lane);
    if (fault.action === "cancel") lane.cancel();
    else if (fault.action === "terminate") lane.terminate();
    else lane.resetTurn();
    return;
  }
  const batch = world.batches.get(`batch-${fault.batch}`);
  if (!batch) return;
  note(`${fault.action} of ${batch.batchId}`);
  actOnBatch(batch, fault.action, clock.now() - fault.forMs);
  await clock.sleep(fault.forMs);
  if (fault.action === "pause") batch.resume();
  // The state that a reset goes back to may be paused.
  if (fault.action === "reset") batch.resume();
  // A batch that was terminated continues only when an operator attaches to it.
  if (fault.action === "terminate") batch.start(true);
}

function actOnBatch(batch: ModelBatch, action: Extract<OperatorFault, { kind: "batch" }>["action"], at: number): void {
  if (action === "pause") batch.pause();
  else if (action === "resume") batch.resume();
  else if (action === "cancel") batch.cancel();
  else if (action === "terminate") batch.terminate();
  else batch.reset(at);
}

// Helpers without our packages, other than the simulator: every package's tests may import them.
export { filesIn } from "./files-in.ts";
export { startLoopClock, type LoopClock } from "./loop-clock.ts";
export { newBatch } from "./new-batch.ts";
export { takePort } from "./new-port.ts";
export { NO_VIOLATIONS } from "./no-violations.ts";
export { csv, rowsInRounds, rowsOf } from "./rows.ts";
export { setClockForward } from "./set-clock-forward.ts";
export { startTestSimulator } from "./start-test-simulator.ts";
export { until } from "./until.ts";

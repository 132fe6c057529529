import { onTestFinished } from "vitest";

const HOUR_MS = 3_600_000;
const readClock = Date.now;

/** Sets the clock of this process an hour forward after its next reading, until the test ends. Timers go on as before. */
export function setClockForward(): void {
  const readNow = Date.now;
  let isRead = false;
  Date.now = () => {
    const shiftMs = isRead ? HOUR_MS : 0;
    isRead = true;
    return readNow() + shiftMs;
  };
  onTestFinished(() => {
    Date.now = readClock;
  });
}

import { Context } from "@temporalio/activity";

const HEARTBEAT_MS = 2_000;

/** Sends heartbeats of the current activity, with the latest details, until it is disposed of. */
export function startHeartbeats<Details>(details: Details): { details: Details } & Disposable {
  const context = Context.current();
  const heartbeats = { details, [Symbol.dispose]: () => clearInterval(timer) };
  const timer = setInterval(() => context.heartbeat(heartbeats.details), HEARTBEAT_MS);
  context.heartbeat(details);
  return heartbeats;
}

import { Context } from "@temporalio/activity";

const HEARTBEAT_MS = 2_000;

/** Sends heartbeats of the current activity, each with the details of its moment, until it is disposed of. */
export function startHeartbeats(details: () => unknown = () => undefined): Disposable {
  const context = Context.current();
  const send = (): void => context.heartbeat(details());
  const timer = setInterval(send, HEARTBEAT_MS);
  send();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

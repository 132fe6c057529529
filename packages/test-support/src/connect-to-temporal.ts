import { Client, Connection } from "@temporalio/client";
import { inject, onTestFinished } from "vitest";

/** A client of the Temporal server of the test run, until the test has ended. A busy machine needs its time to connect. */
export async function connectToTemporal(): Promise<Client> {
  const connection = await Connection.connect({ address: inject("temporalAddress"), connectTimeout: "5 minutes" });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

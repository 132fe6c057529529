import { takePort } from "@caselink/test-support";
import { findFreePort } from "../packages/cli/src/local/free-port.ts";

/** A free port for a simulator that a command starts, which no other simulator of the test run has had. */
export async function findNewPort(): Promise<number> {
  for (;;) {
    const port = await findFreePort();
    if (await takePort(port)) return port;
  }
}

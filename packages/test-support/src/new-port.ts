import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * False if a simulator of this test run has had the port before. Lanes belong to the address of an API, and a machine gives
 * a free port again after some thousand others: a test would find what an earlier one left on the Temporal server.
 */
export async function takePort(port: number): Promise<boolean> {
  const { CASELINK_TEST_PORTS: folder } = process.env;
  if (folder === undefined) return true;
  try {
    await writeFile(join(folder, `${port}`), "", { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

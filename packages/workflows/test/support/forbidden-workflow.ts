// A workflow with a forbidden import, which the bundler has to reject.
import { readFileSync } from "node:fs";

export const forbiddenWorkflow = async (): Promise<string> => readFileSync("anything", "utf8");

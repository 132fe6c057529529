// What the bundle test shows to be refused.
import { readFileSync } from "node:fs";

export const forbiddenWorkflow = async (): Promise<string> => readFileSync("anything", "utf8");

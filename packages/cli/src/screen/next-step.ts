import { USUAL_COLUMNS } from "./format.ts";

const INDENT = 9;

/** `Report   caselink report ID   what it does`, over two lines where one is too short. */
export function nextStep(label: string, command: string, what: string): string {
  const line = `${label.padEnd(INDENT)}${command}`;
  if (what === "") return line;
  return line.length + 3 + what.length <= USUAL_COLUMNS ? `${line}   ${what}` : `${line}\n${" ".repeat(INDENT)}${what}`;
}

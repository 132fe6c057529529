import { exitStatus, type ExitStatus } from "../errors.ts";
import type { Output } from "../output.ts";
import { adviceLines, findingScreen } from "./finding-screen.ts";
import type { Finding } from "./finding.ts";

/** Prints findings as they come, and counts them. */
export class FindingReport {
  readonly #output: Output;
  readonly #findings: Finding[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  add(...findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.#findings.push(finding);
      this.#output.event({ event: "check", ...finding, advice: adviceLines(finding)?.join("\n") });
      this.#output.print(findingScreen(finding, this.#output.colors));
    }
  }

  get failures(): readonly Finding[] {
    return this.#findings.filter(({ state }) => state === "failed");
  }

  get warnings(): number {
    return this.#findings.filter(({ state }) => state === "warning").length;
  }

  /** The exit status of the command that checks. */
  get status(): ExitStatus {
    const { failures } = this;
    if (failures.length === 0) return exitStatus.succeeded;
    if (failures.some(({ cause }) => cause === "configuration")) return exitStatus.userError;
    if (failures.some(({ cause }) => cause === "credentials")) return exitStatus.blocked;
    return exitStatus.failed;
  }
}

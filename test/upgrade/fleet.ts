import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject } from "vitest";
import { until } from "@caselink/test-support";
import type { CliHarness } from "@caselink/test-support/cli";
import { environmentOutside, type Ended, type InstalledPackages } from "../packages/install-packages.ts";

/** A worker process that runs until it is stopped. */
export interface FleetWorker {
  /** Ends it as a deployment does. @returns its exit status */
  stop(): Promise<number | null>;
}

/** Workers and commands of a released version and of the checkout, on one Temporal server, one ledger and one simulator. */
export class Fleet implements AsyncDisposable {
  readonly #stage: CliHarness;
  readonly #released: InstalledPackages;
  readonly #children = new Set<ChildProcess>();

  constructor(stage: CliHarness, released: InstalledPackages) {
    this.#stage = stage;
    this.#released = released;
  }

  /** Runs a command of the released version to its end. */
  runReleased(...args: readonly string[]): Promise<Ended> {
    const { folder } = this.#stage;
    return this.#released.run(this.#program("caselink"), args, { cwd: folder, env: this.#environment() });
  }

  /** Starts workers of the released version. */
  async startReleased(count: number): Promise<FleetWorker[]> {
    return Array.from({ length: count }, () => {
      const { folder } = this.#stage;
      const child = spawn(this.#program("caselink-worker"), [], {
        cwd: folder,
        env: this.#environment(),
        stdio: "ignore",
      });
      this.#children.add(child);
      const closed = once(child, "close") as Promise<[number | null]>;
      return {
        async stop() {
          child.kill("SIGTERM");
          return (await closed)[0];
        },
      };
    });
  }

  /** Starts workers of the checkout, and waits until they work. @returns with their version, if they have one */
  async startCurrent(count: number, deployment?: string): Promise<{ workers: FleetWorker[]; buildId: string }> {
    const workers: FleetWorker[] = [];
    let buildId = "";
    for (let at = 0; at < count; at++) {
      const worker = await this.#stage.startWorkerProcess({ CASELINK_DEPLOYMENT: deployment });
      buildId = /"build_id":"([^"]+)"/.exec(worker.printed())?.[1] ?? "";
      workers.push({
        async stop() {
          worker.child.kill("SIGTERM");
          return (await worker.ended).status;
        },
      });
    }
    return { workers, buildId };
  }

  /** Runs the Temporal CLI on the server of the test run. */
  async temporal(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(inject("temporalCli"), [
      ...args,
      "--address",
      inject("temporalAddress"),
    ]);
    return stdout;
  }

  /** Makes a version the current one as soon as Temporal knows it. @param which options of the CLI */
  async setCurrent(deployment: string, ...which: readonly string[]): Promise<void> {
    const args = ["worker", "deployment", "set-current-version", "--deployment-name", deployment, ...which, "--yes"];
    await until(
      () =>
        this.temporal(...args).then(
          () => true,
          () => false,
        ),
      (isSet) => isSet,
    );
  }

  /** Wakes what stays on a version, until nothing does. */
  async whenGone(deployment: string, buildId: string): Promise<void> {
    const query = `TemporalWorkerDeploymentVersion = '${deployment}:${buildId}' AND ExecutionStatus = 'Running'`;
    await until(
      async () => {
        const counted = await this.temporal("workflow", "count", "--query", query);
        if (/Total: 0\b/.test(counted)) return true;
        await this.temporal("workflow", "signal", "--query", query, "--name", "wake", "--yes").catch(() => undefined);
        return false;
      },
      (isEmpty) => isEmpty,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = [...this.#children]
      .filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
      .map((child) => {
        child.kill("SIGKILL");
        return once(child, "close");
      });
    await Promise.all(ends);
  }

  #program = (name: string): string => join(this.#released.folder, "node_modules/.bin", name);

  #environment = (): NodeJS.ProcessEnv => ({
    ...this.#stage.environment(),
    PATH: environmentOutside()["PATH"],
  });
}

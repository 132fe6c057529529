import type { ChildProcess } from "node:child_process";
import type { CliHarness, Command } from "@caselink/test-support/cli";

/** Worker processes that are started again when they end, as on a cluster. */
export class ReplacedWorkers {
  readonly #stage: CliHarness;
  readonly #workers: Command[];
  #isOver = false;

  /** @param environments one for each worker */
  constructor(stage: CliHarness, environments: readonly NodeJS.ProcessEnv[]) {
    this.#stage = stage;
    this.#workers = environments.map((env, at) => this.#start(env, at));
  }

  #start(env: NodeJS.ProcessEnv, at: number): Command {
    const worker = this.#stage.start(["worker", "--json"], { env });
    void this.#replaceOnceEnded(worker, env, at);
    return worker;
  }

  async #replaceOnceEnded(worker: Command, env: NodeJS.ProcessEnv, at: number): Promise<void> {
    await worker.ended;
    if (!this.#isOver) this.#workers[at] = this.#start(env, at);
  }

  get children(): ChildProcess[] {
    return this.#workers.map(({ child }) => child);
  }

  /** Ends them; resolves when nothing more is sent. */
  async settle(): Promise<void> {
    this.#isOver = true;
    for (const child of this.children) child.kill("SIGTERM");
    await Promise.all(this.#workers.map(({ ended }) => ended));
  }

  kill(): void {
    this.#isOver = true;
    for (const child of this.children) child.kill("SIGKILL");
  }
}

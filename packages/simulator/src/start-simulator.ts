import fastify, { type FastifyInstance } from "fastify";
import { parseConfig, parseConfigChange, parseScriptedFault } from "./config-schema.ts";
import { DEFAULT_CONFIG, mergeConfig, type CompleteConfig, type SimulatorConfig } from "./config.ts";
import { Delays } from "./delays.ts";
import { addAssociationRoutes } from "./routes/association-routes.ts";
import { addControlRoutes } from "./routes/control-routes.ts";
import { addTokenRoute } from "./routes/token-route.ts";
import { addUnknownRoute } from "./routes/unknown-route.ts";
import type { Simulator, WatchedState } from "./simulator.ts";
import { Watchers } from "./watchers.ts";
import { SimulatorState } from "./simulator-state.ts";

/** Source: "API Signing Guide": the gateway takes bodies up to 12 MB. */
const MAX_BODY_BYTES = 12 * 1024 * 1024;
const DEFAULT_WAIT_MS = 30_000;

/**
 * Starts a simulator and resolves when it accepts requests.
 *
 * @param options.now The clock, in ms since the epoch; for tests that depend on the time of day.
 * @throws {SimulatorConfigError} (rejects) that names every invalid setting.
 */
export async function startSimulator(
  config: SimulatorConfig = {},
  options: { now?: () => number } = {},
): Promise<Simulator> {
  const complete = mergeConfig(DEFAULT_CONFIG, parseConfig(config));
  const app = createApp();
  const running = new RunningSimulator(complete, options.now ?? Date.now, app);
  await running.listen();
  return running;
}

function createApp(): FastifyInstance {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    logger: false,
    // Ticket ids that are far too long must reach the parameter check.
    routerOptions: { maxParamLength: 8_192 },
  });
  // A signature covers the bytes of the body, so the routes get the bytes. The document knows no other body than JSON, and
  // says nothing about a wrong content type.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    done(null, body);
  });
  return app;
}

class RunningSimulator implements Simulator {
  url = "";
  port = 0;
  readonly now: () => number;
  readonly delays = new Delays();
  readonly #app: FastifyInstance;
  readonly #watchers: Watchers<WatchedState>;
  readonly #onChange: () => void;
  #state: SimulatorState;

  constructor(config: CompleteConfig, now: () => number, app: FastifyInstance) {
    this.now = now;
    this.#app = app;
    this.#watchers = new Watchers(() => ({
      counts: this.#state.journal.liveCounts,
      tickets: this.#state.associations.live,
    }));
    this.#onChange = () => {
      this.#watchers.check();
    };
    this.#state = new SimulatorState(config, this.#onChange);
    addAssociationRoutes(app, this);
    addTokenRoute(app, this);
    addControlRoutes(app, this);
    addUnknownRoute(app, this);
  }

  get state(): SimulatorState {
    return this.#state;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#state.config;
    this.url = await this.#app.listen({ host, port });
    this.port = Number(new URL(this.url).port);
  }

  tickets(): Map<string, string[]> {
    return this.#state.associations.snapshot();
  }

  journal(): ReturnType<Simulator["journal"]> {
    return this.#state.journal.entries();
  }

  counts(): ReturnType<Simulator["counts"]> {
    return structuredClone(this.#state.journal.liveCounts);
  }

  violations(): ReturnType<Simulator["violations"]> {
    return this.#state.journal.violations();
  }

  configure(changes: SimulatorConfig): void {
    const parsed = parseConfigChange(changes);
    this.#state.adopt(mergeConfig(this.#state.config, parsed), parsed, this.now());
  }

  failNext(fault: Parameters<Simulator["failNext"]>[0]): void {
    this.#state.faultPlan.script(parseScriptedFault(fault));
  }

  pendingFaults(): ReturnType<Simulator["pendingFaults"]> {
    return this.#state.faultPlan.pending();
  }

  clearFaults(): void {
    this.#state.faultPlan.clear();
  }

  expireTokens(): void {
    this.#state.issuer.expireAll();
  }

  reset(changes: SimulatorConfig = {}): void {
    const { config, suspended } = this.#state;
    this.#state = new SimulatorState(mergeConfig(config, parseConfigChange(changes)), this.#onChange);
    suspended.continueAll();
    this.#watchers.check();
  }

  async waitFor(holds: (state: WatchedState) => boolean, options: { timeoutMs?: number } = {}): Promise<void> {
    const describe = (): string => `counts are ${JSON.stringify(this.#state.journal.liveCounts)}`;
    await this.#watchers.waitFor(holds, options.timeoutMs ?? DEFAULT_WAIT_MS, describe);
  }

  async close(): Promise<void> {
    this.delays.dropAll();
    this.#watchers.rejectAll(new Error("the simulator was closed"));
    await this.#app.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
